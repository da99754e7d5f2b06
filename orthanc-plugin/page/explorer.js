// SPDX-License-Identifier: GPL-3.0-or-later
// Put into Orthanc Explorer: a button on the page of a study leads to its drafts. The library is the one that Orthanc
// Explorer itself brings.
$('#study').live('pagebeforecreate', function() {
  var button = $('<a>').attr({ id: 'radfm-drafts', href: '#', 'data-role': 'button', 'data-icon': 'grid', 'data-theme': 'e' })
    .text('Draft reports (RadFM)');
  button.insertBefore($('#study-delete').parent().parent());
  button.click(function(event) {
    event.preventDefault();
    if (!$.mobile.pageData) return;
    $.getJSON('../studies/' + encodeURIComponent($.mobile.pageData.uuid), function(study) {
      window.location.assign('../radfm/study/' + encodeURIComponent(study.MainDicomTags.StudyInstanceUID));
    });
  });
});
