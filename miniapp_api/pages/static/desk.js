/** The page that signs in: a code for this browser, and waiting until a phone has said yes to it. */
const at = (id) => document.getElementById(id);
const ASK_MS = 2000;
const WORDS = {
  waiting: "请用手机扫码",
  scanned: "已扫码，请在手机上核对后点“登录”",
  entered: "登录成功，正在打开……",
  over: "二维码已失效",
};
let timer = null;

async function ask(path) {
  const answer = await fetch(path, { method: "POST" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || "暂时连不上服务器，请稍后再试。");
  return said;
}

function show(standing) {
  at("status").textContent = WORDS[standing];
  at("code").classList.toggle("over", standing === "over");
  at("again").hidden = standing !== "over";
}

async function begin() {
  clearTimeout(timer);
  try {
    const made = await ask("/desk/tickets");
    at("code").src = `data:image/svg+xml,${encodeURIComponent(made.picture)}`;
    at("code").hidden = false;
    at("check").textContent = made.check;
    at("check-line").hidden = false;
    // the demonstration's phone has no camera: it reads the screen here
    if (at("sign-in").dataset.demo) localStorage.setItem("shandu:screen", made.url);
    show("waiting");
    timer = setTimeout(look, ASK_MS);
  } catch (fault) {
    fail(fault);
  }
}

async function look() {
  try {
    const { standing } = await ask("/desk/tickets/standing");
    show(standing);
    if (standing === "entered") location.reload();
    else if (standing !== "over") timer = setTimeout(look, ASK_MS);
  } catch (fault) {
    fail(fault);
  }
}

function fail(fault) {
  at("status").textContent = fault instanceof TypeError ? "网络不通，请检查后重试。" : fault.message;
  at("again").hidden = false;
}

/** Whoever came by a link from another site is signed in already: their cookie stayed behind with the link. */
async function start() {
  const { standing } = await ask("/desk/tickets/standing").catch(() => ({}));
  if (standing === "entered") location.reload();
  else await begin();
}

at("again").addEventListener("click", begin);
await start();
