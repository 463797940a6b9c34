/** Elements from data: text becomes text nodes, never markup. */
const shown = (child) => child !== null && child !== undefined && child !== false;

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!shown(value)) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter(shown));
  return element;
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(3).filter(shown));
  return element;
}

/** A Beijing time as people read it. */
export function time(text) {
  if (!text) return "";
  const format = { timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Date(text).toLocaleString("zh-CN", format);
}

/** A sentence with its long distances in kilometres. */
export function far(said) {
  return said.replace(/(距学校|误差)(\d{4,})米/g, (_, of, metres) => `${of}${(metres / 1000).toFixed(1)}公里`);
}

/** `crypto.randomUUID` is missing where the page is not served over TLS or from this machine. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
