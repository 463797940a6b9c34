/** Pieces that several screens are made of. */
import { h, fill } from "./dom.js";

export function button(words, onclick, kind = "") {
  return h("button", { type: "button", class: kind, onclick }, words);
}

/** Show a sentence at the foot of the screen for a while. */
export function toast(words, kind = "") {
  document.querySelector(".toast")?.remove();
  const note = h("div", { class: `toast ${kind}`, role: "status" }, words);
  document.body.append(note);
  setTimeout(() => note.remove(), 5000);
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
    try {
      await trying(act);
    } finally {
      element.disabled = false;
    }
  }, kind);
  return element;
}

/** A sheet over the screen; resolves with what `build(close)` closes it with. */
export function sheet(title, build) {
  return new Promise((resolve) => {
    const cover = h("div", { class: "cover", role: "dialog", "aria-modal": "true", "aria-label": title });
    const close = (value) => { cover.remove(); resolve(value); };
    fill(cover, h("div", { class: "sheet" }, h("h2", {}, title), build(close)));
    document.body.append(cover);
    cover.querySelector("button, input, textarea")?.focus();
  });
}

/** Thumbnails of pictures the API keeps. */
export function thumbnails(app, keys) {
  return h("div", { class: "thumbs" }, keys.map((key) => {
    const image = h("img", { alt: "照片" });
    app.api.picture(key).then((url) => { image.src = url; }).catch(() => { image.alt = "照片暂时看不到"; });
    return image;
  }));
}

/** A plausible photo, for a demonstration without a camera. */
export function examplePhoto(words) {
  const canvas = h("canvas", { width: 960, height: 720 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = `hsl(${Math.floor(Math.random() * 360)} 18% 72%)`;
  pen.fillRect(0, 0, 960, 720);
  pen.fillStyle = "#5d6b66";
  pen.fillRect(60, 400, 840, 240);
  pen.fillStyle = "#1d2a26";
  pen.font = "44px 'WenQuanYi Micro Hei', sans-serif";
  pen.textAlign = "center";
  pen.fillText(words, 480, 240);
  pen.fillText(new Date().toLocaleTimeString("zh-CN"), 480, 310);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
}

/** Choosing pictures: a file, or an example. Uploads at once; `keys` grows. */
export function photoPicker(app, schoolId, purpose, keys, most, changed, words = "现场照片") {
  const box = h("div", { class: "picker" });
  async function add(blob) {
    if (!blob) return;
    const key = await app.api.photo(schoolId, purpose, blob, crypto.randomUUID());
    keys.push(key);
    changed();
    draw();
  }
  function draw() {
    const file = h("input", { type: "file", accept: "image/*", hidden: true, onchange: () => trying(() => add(file.files[0])) });
    fill(box, thumbnails(app, keys), h("div", { class: "row" }, file,
      keys.length < most && button("拍照/选图", () => file.click()),
      keys.length < most && acting("示例照片", async () => add(await examplePhoto(words)), "")),
      h("small", {}, `${keys.length}/${most} 张`));
  }
  draw();
  return box;
}

/** Signing with a finger; `done(blob)` when it is confirmed. */
export function signaturePad(done) {
  const canvas = h("canvas", { width: 600, height: 240, class: "pad", role: "img", "aria-label": "签名区，请用手指书写" });
  const pen = canvas.getContext("2d");
  pen.lineWidth = 5;
  pen.lineCap = "round";
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
    button("重写", () => { pen.clearRect(0, 0, 600, 240); drawn = false; }),
    acting("确认签名", async () => {
      if (!drawn) throw new Error("请先在框内签名。");
      await done(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
    })));
}
