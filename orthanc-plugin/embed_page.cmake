# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPAGE=<folder> -DOUTPUT=<file> -P embed_page.cmake: writes page_files.cpp with each file of the page's folder, and the
# interface's description beside it, as a literal.
cmake_policy(VERSION 3.25)
set(text "// SPDX-License-Identifier: GPL-3.0-or-later\n// Made from orthanc-plugin/page at build time.\n")
string(APPEND text "#include \"orthanc-plugin/page_files.h\"\n\nnamespace radfm::plugin {\n")
# One style sheet, since a page is not painted before all of them are there.
set(look_files page.css queue.css job.css)
set(type_css "text/css")
set(type_js "text/javascript")
set(type_svg "image/svg+xml")

# The bytes of the named files, one after the other, in hexadecimal digits.
function(read_digits variable)
  set(all "")
  foreach(file ${ARGN})
    file(READ ${PAGE}/${file} hex HEX)
    string(APPEND all "${hex}")
  endforeach()
  set(${variable} "${all}" PARENT_SCOPE)
endfunction()

function(literal_of variable all)
  string(LENGTH "${all}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" all "${all}")
  set(${variable} "std::string_view(\"${all}\", ${bytes})" PARENT_SCOPE)
endfunction()

# The page brings its style sheet along: its first paint waits for one answer instead of two.
function(bring_along look variable)
  string(HEX "<link rel=\"stylesheet\" href=\"/radfm/page/look.css\">" link)
  string(HEX "<style>" begin)
  string(HEX "</style>" end)
  string(REPLACE "${link}" "${begin}${look}${end}" whole "${${variable}}")
  if(whole STREQUAL "${${variable}}")
    message(FATAL_ERROR "index.html names no look.css")
  endif()
  set(${variable} "${whole}" PARENT_SCOPE)
endfunction()

# The page itself, what Orthanc Explorer is given, and the description, have names of their own.
read_digits(look ${look_files})
read_digits(html index.html)
bring_along("${look}" html)
read_digits(explorer explorer.js)
read_digits(openapi ../openapi.json)
foreach(name html look explorer openapi)
  literal_of(literal "${${name}}")
  string(APPEND text "constexpr std::string_view page_${name} = ${literal};\n")
endforeach()

file(GLOB files RELATIVE ${PAGE} ${PAGE}/*.css ${PAGE}/*.js ${PAGE}/*.svg)
list(REMOVE_ITEM files explorer.js ${look_files})
string(APPEND text "\nnamespace {\nconstexpr PageFile files[] = {\n")
foreach(file ${files})
  string(REGEX REPLACE ".*[.]" "" ending ${file})
  read_digits(digits ${file})
  literal_of(literal "${digits}")
  string(APPEND text "    {\"${file}\", \"${type_${ending}}; charset=utf-8\", ${literal}},\n")
endforeach()
string(APPEND text "    {\"look.css\", \"text/css; charset=utf-8\", page_look},\n")
string(APPEND text "};\n}  // namespace\n\nstd::span<const PageFile> page_files() {\n  return files;\n}\n\n}  // namespace radfm::plugin\n")
file(WRITE ${OUTPUT} "${text}")
