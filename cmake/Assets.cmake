# Every file under assets/ that the programs read is embedded: penstock is one file to copy.
# assets.h declares the table, the generated assets.c holds the bytes.
file(GLOB_RECURSE asset_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/assets/*)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/assets.c
  COMMAND sh ${CMAKE_SOURCE_DIR}/cmake/embed.sh ${CMAKE_SOURCE_DIR}/assets > ${CMAKE_BINARY_DIR}/assets.c
  DEPENDS ${asset_files} ${CMAKE_SOURCE_DIR}/cmake/embed.sh
  VERBATIM)
add_library(penstock_assets STATIC ${CMAKE_BINARY_DIR}/assets.c)
target_link_libraries(penstock_assets PUBLIC penstock_flags)
