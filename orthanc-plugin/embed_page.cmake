# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPAGE=<folder> -DOUTPUT=<file> -P embed_page.cmake: writes page_files.cpp with each file of the page's folder, and the
# interface's description beside it, as a literal.
set(text "// SPDX-License-Identifier: GPL-3.0-or-later\n// Made from orthanc-plugin/page at build time.\n")
string(APPEND text "#include \"orthanc-plugin/page_files.h\"\n\nnamespace radfm::plugin {\n")
set(type_css "text/css")
set(type_js "text/javascript")
set(type_svg "image/svg+xml")

function(read_literal file variable)
  file(READ ${PAGE}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" hex "${hex}")
  file(SIZE ${PAGE}/${file} bytes)
  set(${variable} "std::string_view(\"${hex}\", ${bytes})" PARENT_SCOPE)
endfunction()

# The page itself, what Orthanc Explorer is given, and the description, have names of their own.
foreach(pair html:index.html explorer:explorer.js openapi:../openapi.json)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 file)
  read_literal(${file} literal)
  string(APPEND text "extern const std::string_view page_${name};\nconst std::string_view page_${name} = ${literal};\n")
endforeach()

file(GLOB files RELATIVE ${PAGE} ${PAGE}/*.css ${PAGE}/*.js ${PAGE}/*.svg)
list(REMOVE_ITEM files explorer.js)
string(APPEND text "\nnamespace {\nconstexpr PageFile files[] = {\n")
foreach(file ${files})
  string(REGEX REPLACE ".*[.]" "" ending ${file})
  read_literal(${file} literal)
  string(APPEND text "    {\"${file}\", \"${type_${ending}}; charset=utf-8\", ${literal}},\n")
endforeach()
string(APPEND text "};\n}  // namespace\n\nstd::span<const PageFile> page_files() {\n  return files;\n}\n\n}  // namespace radfm::plugin\n")
file(WRITE ${OUTPUT} "${text}")
