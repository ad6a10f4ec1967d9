/**
 * What the page does by JavaScript: the search over the list of resources, and the lineage of what the pointer is on. All
 * else works without it. It reads what stands in the page and makes no HTML of it.
 */
export const pageScript: string = `
(() => {
  const box = document.getElementById("search");
  const said = document.getElementById("found");
  const groups = [...document.querySelectorAll("nav details")];
  const entries = [...document.querySelectorAll("nav li")].map((item) => ({
    item,
    link: item.querySelector("a"),
    text: (item.querySelector("a").textContent + " " + item.dataset.words).toLowerCase(),
  }));
  const opened = new Set(groups.filter((group) => group.open));
  const search = () => {
    const words = box.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const isSearching = words.length > 0;
    let count = 0;
    for (const entry of entries) {
      entry.isFound = words.every((word) => entry.text.includes(word));
      entry.item.hidden = !entry.isFound;
      if (entry.isFound) count += 1;
    }
    for (const group of groups) {
      const hasFound = [...group.querySelectorAll("li")].some((item) => !item.hidden);
      group.hidden = !hasFound;
      group.open = isSearching ? hasFound : opened.has(group);
    }
    said.textContent = isSearching ? count + " of " + entries.length : "";
    return isSearching;
  };
  box.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { box.value = ""; search(); }
    if (event.key === "Enter" && search()) entries.find((entry) => entry.isFound)?.link.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === box) return;
    event.preventDefault();
    box.focus();
  });
  const reach = (lines, start, from, to) => {
    const found = new Set([start]);
    for (const one of found) for (const line of lines) if (line.dataset[from] === one) found.add(line.dataset[to]);
    return found;
  };
  const show = (picture, node) => {
    const lines = [...picture.querySelectorAll("path")];
    picture.classList.toggle("dimmed", node !== undefined);
    const down = node === undefined ? new Set() : reach(lines, node, "from", "to");
    const up = node === undefined ? new Set() : reach(lines, node, "to", "from");
    for (const line of lines) line.classList.toggle("on", down.has(line.dataset.from) || up.has(line.dataset.to));
    for (const box of picture.querySelectorAll("a"))
      box.classList.toggle("on", down.has(box.dataset.node) || up.has(box.dataset.node));
  };
  const shown = (event, isOn) => {
    const box = event.target.closest?.(".lineage a");
    if (box) show(box.closest("svg"), isOn ? box.dataset.node : undefined);
  };
  document.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") shown(event, true); });
  document.addEventListener("pointerout", (event) => shown(event, false));
  document.addEventListener("focusin", (event) => shown(event, true));
  document.addEventListener("focusout", (event) => shown(event, false));
  const centre = () => {
    const frame = document.querySelector("section:target .lineage");
    const focus = frame?.querySelector(".focus rect");
    if (focus) frame.scrollLeft = focus.x.baseVal.value + focus.width.baseVal.value / 2 - frame.clientWidth / 2;
  };
  addEventListener("hashchange", centre);
  addEventListener("load", centre);
})();
`;
