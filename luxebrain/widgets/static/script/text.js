// Prices, words, and the making of elements.
function priceLine({ price: now, compare_at_price: before, currency, isFrom }, said) {
  const line = make("p", { className: "price", part: "price" });
  if (before) line.append(make("b", { className: "quiet", textContent: `${said.now} ` }));
  line.append(make("span", { textContent: `${isFrom ? `${said.from} ` : ""}${money(now, currency)}` }));
  if (before) {
    line.append(make("b", { className: "quiet", textContent: `, ${said.before} ` }), make("s", { textContent: money(before, currency) }));
  }
  return line;
}

async function wordsOf(language) {
  if (!IN_OTHER_LANGUAGES.includes(language)) return ENGLISH;
  const loaded = import(new URL(`words/${language}.js`, HERE)).then((file) => ({ ...ENGLISH, ...file.default }), () => ENGLISH);
  return Promise.race([loaded, after(3 * BUDGET_MS, ENGLISH)]);
}

function after(ms, value) {
  return new Promise((resolve) => { setTimeout(resolve, ms, value); });
}

function money(amount, currency) {
  for (const locale of [document.documentElement.lang || undefined, undefined]) {
    try {
      return new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount);
    } catch { /* not known here */ }
  }
  return `${amount} ${currency}`;
}

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "part" || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

function isWeb(address) {
  try {
    return ["http:", "https:"].includes(new URL(address, location.href).protocol);
  } catch {
    return false;
  }
}
