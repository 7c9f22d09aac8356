// Small helpers for the document. Text is only ever set as text: nothing told becomes markup.

export const at = (id) => document.getElementById(id);

export function shown(name, visible) {
  for (const one of document.querySelectorAll(`[data-show="${name}"]`)) one.hidden = !visible;
}

// Sets text only where it changed, so that nothing is announced or laid out twice.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function made(tag, text, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

// A button that does nothing now keeps the focus: who works by keyboard does not lose their place.
export function resting(button, rests) {
  button.setAttribute("aria-disabled", String(rests));
}

// Writes every fixed text in this language.
export function translate(words) {
  document.documentElement.lang = words.language;
  for (const one of document.querySelectorAll("[data-t]")) put(one, words.say(one.dataset.t));
  for (const one of document.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", words.say(one.dataset.label, { seconds: 10 }));
  }
}

// Fills a choice with what there is; nothing to choose from is not shown.
export function choices(select, devices, chosen) {
  const named = devices.filter((one) => one.deviceId && one.label);
  select.parentElement.hidden = named.length < 2;
  const key = named.map((one) => one.deviceId + one.label).join();
  if (select.dataset.key !== key) {
    select.dataset.key = key;
    select.replaceChildren(
      ...named.map(({ deviceId, label }) => {
        const option = made("option", label);
        option.value = deviceId;
        return option;
      }),
    );
  }
  if (chosen && select.value !== chosen) select.value = chosen;
}
