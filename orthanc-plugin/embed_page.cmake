# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DPAGE=<folder> -DOUTPUT=<file> -P embed_page.cmake: writes page_files.cpp with the page's files, and the interface's
# description beside their folder, as literals.
set(text "// SPDX-License-Identifier: GPL-3.0-or-later\n// Made from orthanc-plugin/page at build time.\n")
string(APPEND text "#include \"orthanc-plugin/page_files.h\"\n\nnamespace radfm::plugin {\n")
foreach(pair html:index.html css:page.css js:page.js withdraw:withdraw.js explorer:explorer.js openapi:../openapi.json)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 file)
  file(READ ${PAGE}/${file} hex HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" hex "${hex}")
  file(SIZE ${PAGE}/${file} bytes)
  string(APPEND text "extern const std::string_view page_${name};\n")
  string(APPEND text "const std::string_view page_${name}(\"${hex}\", ${bytes});\n")
endforeach()
string(APPEND text "\n}  // namespace radfm::plugin\n")
file(WRITE ${OUTPUT} "${text}")
