(function () {
  "use strict";
  var table = document.querySelector(".kl-index");
  var tools = document.querySelector(".kl-tools");
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var all = Array.prototype.slice.call(document.querySelectorAll(".kl-index tbody tr"));
  var fold = document.querySelector("details .kl-index");
  var word = document.getElementById("soeg");
  var status = document.getElementById("status");
  var region = document.getElementById("region");
  var found = document.getElementById("fundet");
  tools.hidden = false;
  function show() {
    var text = word.value.trim().toLowerCase();
    var n = 0;
    all.forEach(function (row) {
      var hit = (!text || row.getAttribute("data-words").indexOf(text) >= 0) &&
        (!status.value || row.getAttribute("data-status") === status.value) &&
        (!region.value || row.getAttribute("data-region") === region.value);
      row.hidden = !hit;
      if (hit) { n += 1; }
    });
    if (fold && (text || status.value || region.value)) { fold.parentNode.open = true; }
    found.textContent = found.getAttribute("data-text").replace("{n}", String(n));
  }
  word.addEventListener("input", show);
  status.addEventListener("change", show);
  region.addEventListener("change", show);
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
    if (!head.hasAttribute("data-sort")) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") === "ascending";
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort(function (a, b) {
        var x = Number(a.cells[column].getAttribute("data-key"));
        var y = Number(b.cells[column].getAttribute("data-key"));
        return down ? y - x : x - y;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
  show();
}());
