// The script of live blocks. It changes the document as little as it can:
// elements stay the same objects where name and id agree, so that focus,
// selection, what is typed into a field and what plays go on.
#include "pages/live_blocks.h"

namespace trestle::pages {

std::string_view live_script() {
  return R"js((() => {
  const same = (a, b) =>
    a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.id === b.id;

  // What the visitor has put into a field is the visitor's.
  function attributes(from, to) {
    for (const {name} of [...from.attributes])
      if (!to.hasAttribute(name)) from.removeAttribute(name);
    for (const {name, value} of to.attributes)
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }

  function one(from, to) {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    } else if (!from.isEqualNode(to)) {
      attributes(from, to);
      if (from !== document.activeElement || !('value' in from))
        children(from, to);
    }
  }

  // An element with an id is found wherever it has moved to.
  function children(from, to) {
    let next = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      let found = next;
      if (wanted.id)
        while (found && !same(found, wanted)) found = found.nextSibling;
      else if (found && (found.id || !same(found, wanted))) found = null;
      if (!found) {
        from.insertBefore(wanted, next);
        continue;
      }
      if (found === next) next = next.nextSibling;
      else from.insertBefore(found, next);
      one(found, wanted);
    }
    while (next) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  }

  const blocks = document.querySelectorAll('[data-trestle-live]');
  if (!blocks.length || !window.EventSource) return;
  const url = new URL(location.href);
  url.hash = '';
  url.searchParams.set('trestle_live', '1');
  const events = new EventSource(url);
  events.onmessage = ({data}) => {
    const fresh = JSON.parse(data);
    for (const block of blocks) {
      const html = fresh[block.dataset.trestleLive];
      if (html === undefined) continue;
      const wanted = block.cloneNode(false);
      wanted.innerHTML = html;
      children(block, wanted);
      block.dispatchEvent(new CustomEvent('trestle:live', {bubbles: true}));
    }
  };
})();
)js";
}

}  // namespace trestle::pages
