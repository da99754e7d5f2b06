# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPAGE=<folder> -DOUTPUT=<file> -P embed_page.cmake: writes page_files.cpp with each file of the page's folder, and the
# interface's description beside it, as a literal.
set(text "// SPDX-License-Identifier: GPL-3.0-or-later\n// Made from orthanc-plugin/page at build time.\n")
string(APPEND text "#include \"orthanc-plugin/page_files.h\"\n\nnamespace radfm::plugin {\n")
# One style sheet, since a page is not painted before all of them are there.
set(look page.css queue.css job.css)
set(type_css "text/css")
set(type_js "text/javascript")
set(type_svg "image/svg+xml")

# Of the named files, one after the other.
function(read_literal variable)
  set(all "")
  foreach(file ${ARGN})
    file(READ ${PAGE}/${file} hex HEX)
    string(APPEND all "${hex}")
  endforeach()
  string(LENGTH "${all}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" all "${all}")
  set(${variable} "std::string_view(\"${all}\", ${bytes})" PARENT_SCOPE)
endfunction()

# The page itself, what Orthanc Explorer is given, and the description, have names of their own.
foreach(pair html:index.html explorer:explorer.js openapi:../openapi.json)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 file)
  read_literal(literal ${file})
  string(APPEND text "extern const std::string_view page_${name};\nconst std::string_view page_${name} = ${literal};\n")
endforeach()

file(GLOB files RELATIVE ${PAGE} ${PAGE}/*.css ${PAGE}/*.js ${PAGE}/*.svg)
list(REMOVE_ITEM files explorer.js ${look})
string(APPEND text "\nnamespace {\nconstexpr PageFile files[] = {\n")
foreach(file ${files})
  string(REGEX REPLACE ".*[.]" "" ending ${file})
  read_literal(literal ${file})
  string(APPEND text "    {\"${file}\", \"${type_${ending}}; charset=utf-8\", ${literal}},\n")
endforeach()
read_literal(literal ${look})
string(APPEND text "    {\"look.css\", \"text/css; charset=utf-8\", ${literal}},\n")
string(APPEND text "};\n}  // namespace\n\nstd::span<const PageFile> page_files() {\n  return files;\n}\n\n}  // namespace radfm::plugin\n")
file(WRITE ${OUTPUT} "${text}")
