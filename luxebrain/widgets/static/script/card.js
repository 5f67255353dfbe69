// One product in a widget, and what happens to it.
class Card {
  constructor(widget, item, answer, said, status) {
    Object.assign(this, { widget, item, answer, said, status, price: item.price });
    const picture = make("span", { className: "picture", part: "picture" });
    if (isWeb(item.image)) {
      const image = make("img", { alt: "", loading: "lazy", decoding: "async", src: item.image });
      image.onerror = () => image.remove();
      picture.append(image);
    }
    const name = make("span", { className: "title", part: "title", textContent: item.title });
    const link = make("a", { part: "link", href: item.url }, picture, name);
    for (const kind of ["click", "auxclick"]) link.addEventListener(kind, () => this.#note("click"));
    this.line = priceLine(item, said);
    this.button = make("button", { type: "button", part: "button" }, said.add,
      make("span", { className: "quiet", textContent: `: ${item.title}` }));
    this.button.addEventListener("click", async () => {
      if (await this.add({})) announce(widget, [item.product_id]);
    });
    const isTogether = widget.parentElement.dataset.luxebrainPlacement === "bought_together";
    this.choice = isTogether && item.variants?.length > 1 ? this.#choice() : null;
    const room = this.choice || !isTogether ? [] : [make("span", { className: "choice" })];
    this.element = make("li", { part: "card" }, link, this.line, ...room, ...this.choice ? [this.choice] : [], this.button);
  }

  #choice() {
    const options = this.item.variants.map(({ id, title: name }) => make("option", { value: id, textContent: name }));
    const select = make("select", { className: "choice", part: "choice" }, ...options);
    select.setAttribute("aria-label", `${this.said.choose}: ${this.item.title}`);
    select.addEventListener("change", async () => {
      const chosen = select.value;
      const fresh = await ofStore(Number(chosen));
      if (fresh?.price && chosen === select.value) this.#priceAs({ ...fresh, isFrom: false });
    });
    return select;
  }

  #note(kind) {
    remember(this.widget.parentElement, this.item, this.answer);
    track(this.widget.parentElement, kind, this.answer, [this.item.product_id]);
  }

  #priceAs(fresh) {
    this.price = fresh.price;
    this.line.replaceChildren(...priceLine({ ...this.item, ...fresh }, this.said).childNodes);
    this.onPrice?.();
  }

  // Whether it is in the cart now. The store is asked again first: for less than a second old stock and price.
  async add({ isOneOfMany = false }) {
    if (this.button.getAttribute("aria-disabled")) return false;
    this.button.setAttribute("aria-disabled", "true");
    const { item, said, status } = this;
    const id = Number(this.choice?.value) || item.variant_id;
    try {
      const fresh = await ofStore(id);
      if (fresh?.isInStock === false) {
        status.textContent = said.gone(item.title);
        return this.#done(said.soldOut, Infinity);
      }
      if (fresh?.price && !this.choice && !isOneOfMany && Number(fresh.price) !== Number(this.price)) {
        this.#priceAs(fresh);
        status.textContent = said.changed(item.title, money(fresh.price, fresh.currency));
        return this.#done(said.add, 0);
      }
      this.#note("add");
      await addToCart(id);
      if (!isOneOfMany) status.textContent = said.isIn(item.title);
      return this.#done(said.added, 2500, true);
    } catch {
      if (!isOneOfMany) location.assign(item.url); // its own page says why
      return this.#done(said.add, 0);
    }
  }

  #done(word, ms, isAdded = false) {
    this.button.firstChild.data = word;
    if (ms === Infinity) return isAdded;
    setTimeout(() => { this.button.firstChild.data = this.said.add; this.button.removeAttribute("aria-disabled"); }, ms);
    return isAdded;
  }
}

// The place's own heading; but what was not bought together is not called so.
function title({ title: own, luxebrainPlacement: placement }, answer) {
  return own && (placement !== "bought_together" || answer.strategy === "collaborative") ? own : answer.title;
}
