// A passkey answers what the page asks, and the page's form sends the answer.
const form = document.querySelector("form[data-do]");
const ways = {
  create: ask => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(ask) }),
  get: ask => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(ask) }),
};
const say = why => document.querySelectorAll("[data-why]").forEach(p => { p.hidden = p.dataset.why !== why; });

async function answer() {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) return say("old");
  say("wait");
  try {
    form.elements.answer.value = JSON.stringify(await ways[form.dataset.do](JSON.parse(form.dataset.ask)));
    form.submit();
  } catch (e) {
    say(e.name === "InvalidStateError" ? "known" : "no");
  }
}

form.addEventListener("submit", e => { e.preventDefault(); answer(); });
answer();
