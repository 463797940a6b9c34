/** Pieces that several screens are made of. */
import { fill, h, newId } from "./dom.js";

export function button(words, onclick, kind = "") {
  return h("button", { type: "button", class: kind, onclick }, words);
}

/** Show a sentence at the foot of the screen for a while; a popover, so that it is above any sheet. */
export function toast(words, kind = "") {
  document.querySelector(".toast")?.remove();
  const note = h("div", { class: `toast ${kind}`, role: kind === "bad" ? "alert" : "status", popover: "manual" }, words);
  document.body.append(note);
  note.showPopover?.();
  setTimeout(() => note.remove(), kind === "bad" ? 7000 : 4000);
}

/** Take away the sentence at the foot of the screen; what it said, unless it was a complaint. */
export function untoast() {
  const note = document.querySelector(".toast");
  note?.remove();
  return note && !note.classList.contains("bad") ? note.textContent : "";
}

/** Run something that may be refused; the person hears why. */
export async function trying(act) {
  try {
    return await act();
  } catch (fault) {
    toast(fault.message, "bad");
    return undefined;
  }
}

/** A button that does one thing at a time. */
export function acting(words, act, kind = "primary") {
  const element = button(words, async () => {
    element.disabled = true;
    document.querySelector(".toast.bad")?.remove();
    try {
      await trying(act);
    } finally {
      element.disabled = false;
    }
  }, kind);
  return element;
}

/** A sheet over the screen; resolves with what `build(close)` closes it with, false when it is put away. */
export function sheet(title, build) {
  return new Promise((resolve) => {
    const cover = h("dialog", { class: "sheet", "aria-label": title });
    const close = (value) => { cover.close(); cover.remove(); resolve(value); };
    cover.addEventListener("cancel", (event) => { event.preventDefault(); close(false); });
    fill(cover, h("h2", {}, title), build(close));
    document.body.append(cover);
    cover.showModal();
  });
}

/** Exactly one of several, by tap or by arrow keys. `options`: [code, words]. */
export function radios(label, options, chosen, choose, kind = "verdicts") {
  const buttons = options.map(([code, words]) =>
    h("button", { type: "button", role: "radio", onclick: () => { mark(code); choose(code); } }, words));
  function mark(now) {
    const place = options.findIndex(([code]) => code === now);
    buttons.forEach((one, number) => {
      const on = number === place;
      one.className = on ? `on ${options[number][0]}` : "";
      one.setAttribute("aria-checked", String(on));
      one.tabIndex = on || (place < 0 && number === 0) ? 0 : -1;
    });
  }
  function step(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = buttons[(buttons.indexOf(document.activeElement) + by + buttons.length) % buttons.length];
    next.focus();
    next.click();
  }
  mark(chosen);
  return h("div", { class: kind, role: "radiogroup", "aria-label": label, onkeydown: step }, buttons);
}

/** A line or a paragraph of words that is kept in `holder` as it is typed. */
export function labelled(words, tag, holder, name, changed, most = 500) {
  return h("label", { class: "field" }, words, h(tag, { value: holder[name] || "", maxlength: most,
    oninput: (event) => { holder[name] = event.target.value; changed(); } }));
}

/** Thumbnails of pictures the API keeps; a tap shows one large. */
export function thumbnails(app, keys) {
  return h("div", { class: "thumbs" }, keys.map((key, number) => {
    const image = h("img", { alt: `照片${number + 1}` });
    app.api.picture(key).then((url) => { image.src = url; }).catch(() => { image.alt = "照片暂时看不到"; });
    return h("button", { type: "button", "aria-label": `放大照片${number + 1}`, onclick: () => enlarge(image) }, image);
  }));
}

function enlarge(image) {
  return sheet("照片", (close) => h("div", {}, h("img", { class: "large", src: image.src, alt: image.alt }),
    h("div", { class: "row" }, button("关闭", () => close(true)))));
}

/** A plausible photo of a canteen, for a demonstration without a camera. */
export function examplePhoto(words) {
  const canvas = h("canvas", { width: 960, height: 720 });
  const pen = canvas.getContext("2d");
  const block = (colour, ...box) => { pen.fillStyle = colour; pen.fillRect(...box); };
  block(`hsl(${80 + Math.floor(Math.random() * 120)} 14% 86%)`, 0, 0, 960, 460);
  pen.strokeStyle = "#c9d2cd";
  for (let x = 0; x < 960; x += 96) for (let y = 0; y < 460; y += 92) pen.strokeRect(x, y, 96, 92);
  block("#b9c2c6", 0, 430, 960, 290);
  block("#dfe5e8", 0, 430, 960, 26);
  ["#c77b3b", "#6f9a4c", "#e4d9b4", "#a4533c"].forEach((colour, number) => {
    const x = 60 + number * 222;
    block("#8d979c", x, 500, 190, 120);
    block(colour, x + 12, 512, 166, 96);
    for (let dot = 0; dot < 60; dot += 1) {
      block(`hsl(${Math.random() * 60 + 20} 45% ${35 + Math.random() * 35}%)`, x + 16 + Math.random() * 150, 516 + Math.random() * 80, 9, 7);
    }
  });
  block("rgb(0 0 0 / 55%)", 0, 640, 960, 80);
  pen.fillStyle = "#fff";
  pen.font = "34px 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif";
  pen.fillText(`示例照片　${words}`, 28, 692, 900);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
}

/** Choosing pictures: files, or an example. They are sent at once; `keys` grows, `changed()` keeps it. */
export function photoPicker(app, schoolId, purpose, keys, most, changed, words = "现场照片") {
  const box = h("div", { class: "picker" });
  const waiting = [];
  async function sendWaiting() {
    try {
      while (waiting.length && keys.length < most) {
        // the same id again when it was not answered: a picture that did arrive is not kept twice
        const { blob, id } = waiting[0];
        keys.push(await app.api.photo(schoolId, purpose, blob, id));
        waiting.shift();
        changed();
      }
    } catch (fault) {
      if (fault.status) waiting.shift();
      throw fault;
    } finally {
      draw();
    }
  }
  const add = (blobs) => {
    waiting.push(...blobs.filter(Boolean).slice(0, most - keys.length).map((blob) => ({ blob, id: newId() })));
    return sendWaiting();
  };
  function remove(number) {
    keys.splice(number, 1);
    changed();
    draw();
  }
  function draw() {
    const file = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", multiple: most > 1, hidden: true, onchange: () => trying(() => add([...file.files])) });
    const room = keys.length < most;
    fill(box, thumbnails(app, keys), h("div", { class: "row" }, file,
      room && button("拍照/选图", () => file.click()),
      room && acting("示例照片", async () => add([await examplePhoto(words)]), ""),
      waiting.length > 0 && acting(`重传${waiting.length}张`, sendWaiting, ""),
      keys.length > 0 && button("删去最后一张", () => remove(keys.length - 1)),
      h("small", {}, `${keys.length}/${most} 张`)));
  }
  draw();
  return box;
}

/** Signing with a finger; `done(blob)` when it is confirmed. */
export function signaturePad(label, done) {
  const canvas = h("canvas", { width: 600, height: 240, class: "pad", role: "img", "aria-label": `${label}，请用手指书写` });
  const pen = canvas.getContext("2d");
  // paper: a signature without ground is dark on dark once it is a JPEG
  const blank = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, 600, 240); };
  blank();
  pen.lineWidth = 5;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  let drawn = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * 600 / box.width, (event.clientY - box.top) * 240 / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    pen.lineTo(...at(event));
    pen.stroke();
    drawn = true;
  });
  return h("div", {}, canvas, h("div", { class: "row" },
    button("重写", () => { blank(); drawn = false; }),
    acting("确认签名", async () => {
      if (!drawn) throw new Error("请先在框内签名。");
      await done(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
    }, "")));
}

/** A file of the API's, saved under a name. */
export async function save(app, path, name) {
  const address = URL.createObjectURL(await app.api.file(path));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
