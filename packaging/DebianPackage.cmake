# SPDX-License-Identifier: Apache-2.0
# One Debian package beside Debian's Orthanc. dpkg-shlibdeps names the libraries; below stand what is started or read by name.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME radfm-node)
set(CPACK_PACKAGE_VENDOR "radfm-node")
set(CPACK_PACKAGE_CONTACT "radfm-node maintainers <maintainers@radfm-node.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "draft radiology reports for the studies of an Orthanc server")
set(CPACK_PACKAGE_DESCRIPTION "Watches an Orthanc, queues each completed study, lets RadFM read it together with the patient's
prior images and reports, and writes a draft report back as a DICOM Structured Report.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${TorchWheel_SITE}/torch/lib ${TorchWheel_SITE}/nvidia/cu13/lib)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "orthanc (>= 1.10), adduser, poppler-utils, fonts-open-sans, fonts-dejavu-core, fonts-droid-fallback, fonts-ipafont-gothic")
# Half a gigabyte of libtorch: the best that xz can do takes ten minutes and saves little.
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/postinst ${CMAKE_CURRENT_SOURCE_DIR}/debian/prerm ${CMAKE_CURRENT_SOURCE_DIR}/debian/postrm
  ${CMAKE_CURRENT_SOURCE_DIR}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
