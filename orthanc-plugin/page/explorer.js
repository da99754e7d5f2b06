// SPDX-License-Identifier: GPL-3.0-or-later
// Put into Orthanc Explorer: buttons on the page of a study lead to its drafts, and ask for one. The library is the one that Orthanc
// Explorer itself brings.
$('#study').live('pagebeforecreate', function() {
  function add(id, icon, text, then) {
    var button = $('<a>').attr({ id: id, href: '#', 'data-role': 'button', 'data-icon': icon, 'data-theme': 'e' }).text(text);
    button.insertBefore($('#study-delete').parent().parent());
    button.click(function(event) {
      event.preventDefault();
      if (!$.mobile.pageData) return;
      $.getJSON('../studies/' + encodeURIComponent($.mobile.pageData.uuid), function(study) {
        then(encodeURIComponent(study.MainDicomTags.StudyInstanceUID));
      });
    });
  }
  function words_of(answer) {
    try { return JSON.parse(answer.responseText).error.message; } catch (unreadable) { return 'Orthanc answered HTTP ' + answer.status; }
  }
  add('radfm-drafts', 'grid', 'Draft reports (RadFM)', function(study) { window.location.assign('../radfm/study/' + study); });
  add('radfm-report', 'plus', 'Report this study (RadFM)', function(study) {
    $.ajax({
      url: '../radfm/api/v1/studies/' + study + '/report', type: 'POST', data: '{}', contentType: 'application/json', dataType: 'json',
      headers: { 'X-RadFM': '1' },
      success: function(made) { window.location.assign(made.id ? '../radfm/#job-' + made.id : '../radfm/study/' + study); },
      error: function(answer) { window.alert(words_of(answer)); }
    });
  });
});
