// A term's definition appears beside it when it is pointed at, focused or tapped; without this script a tap shows it, too.
function define(button) {
  const note = document.getElementById(button.getAttribute("popovertarget"));
  let leaving;
  const show = () => { clearTimeout(leaving); if (!note.matches(":popover-open")) note.showPopover(); };
  const hide = () => { leaving = setTimeout(() => note.hidePopover(), 150); };     // time to reach a link in the note
  button.popoverTargetAction = "show";
  for (const place of [button, note]) {
    place.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(); });
    place.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
  }
  button.addEventListener("focus", () => { if (button.matches(":focus-visible")) show(); });
  button.addEventListener("blur", hide);
  note.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    const at = button.getBoundingClientRect(), below = at.bottom + note.offsetHeight + 8 < innerHeight;
    note.style.inset = "auto";
    note.style.top = `${below ? at.bottom + 4 : Math.max(4, at.top - note.offsetHeight - 4)}px`;
    note.style.left = `${Math.max(8, Math.min(at.left, innerWidth - note.offsetWidth - 8))}px`;
  });
}
for (const button of document.querySelectorAll("button.term")) define(button);
addEventListener("unfolded", ({ target }) => target.querySelectorAll("button.term").forEach(define));
