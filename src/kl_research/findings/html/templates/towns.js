(function () {
  "use strict";
  var rows = Array.prototype.slice.call(document.querySelectorAll(".kl-towns li"));
  var word = document.getElementById("find");
  var found = document.getElementById("fundet");
  document.querySelector(".kl-tools").hidden = false;
  function show() {
    var text = word.value.trim().toLowerCase();
    var n = 0;
    rows.forEach(function (row) {
      row.hidden = Boolean(text) && row.getAttribute("data-words").indexOf(text) < 0;
      if (!row.hidden) { n += 1; }
    });
    if (text) { rows[0].parentNode.parentNode.open = true; }
    found.textContent = found.getAttribute("data-text").replace("{n}", String(n));
  }
  word.addEventListener("input", show);
  show();
}());
