// How it looks.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: block; position: relative; margin-block: 2.5em }
:host([hidden]) { display: none }
* { box-sizing: border-box }
.heading { margin: 0 0 .75em; height: 1.4em; font: inherit; font-size: 1.25em; font-weight: 600; line-height: 1.4; overflow: hidden;
  white-space: nowrap }
ul { display: grid; grid-template-columns: repeat(${SHOWN}, minmax(0, 1fr)); gap: var(--luxebrain-gap, 1rem); margin: 0; padding: 4px 0;
  list-style: none }
li { position: relative; display: flex; flex-direction: column; min-width: 0 }
a { display: block; color: inherit; text-decoration: none }
a:hover .title { text-decoration: underline }
.picture { display: block; aspect-ratio: 4 / 5; overflow: hidden; border-radius: var(--luxebrain-radius, 8px);
  background: color-mix(in srgb, currentColor 6%, transparent) }
img { display: block; width: 100%; height: 100%; object-fit: cover }
.title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; height: 2.8em; margin: .6em 0 .3em;
  line-height: 1.4; overflow-wrap: anywhere }
.price { height: 1.5em; margin: 0 0 .6em; line-height: 1.5; white-space: nowrap; overflow: hidden }
.price span { font-weight: 600 }
s { margin-inline-start: .4em; opacity: .8 }
.room { height: 2.75em }
.choice { height: 2.75em; margin-bottom: .4em }
select { width: 100%; border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  border-radius: var(--luxebrain-radius, 8px); background: transparent; color: inherit; font: inherit }
.all { display: flex; justify-content: center; padding: .75em 4px 4px }
.all button { width: auto; padding: 0 1.5em; background: var(--luxebrain-accent, currentColor) }
.all span { color: var(--luxebrain-on-accent, Canvas) }
button { width: 100%; height: 2.75em; margin-top: auto; padding: 0 .5em; border: 1px solid var(--luxebrain-accent, currentColor);
  border-radius: var(--luxebrain-radius, 8px); background: transparent; color: var(--luxebrain-accent, inherit); font: inherit;
  cursor: pointer }
button:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
.all button:hover { background: var(--luxebrain-accent, currentColor); opacity: .9 }
button[aria-disabled] { cursor: default }
:focus-visible { outline: 2px solid var(--luxebrain-accent, currentColor); outline-offset: 2px }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (max-width: 640px) {
  ul { grid-template-columns: repeat(${SHOWN}, 44%); overflow-x: auto }
  :focus-visible { outline-offset: -2px }
}`);
