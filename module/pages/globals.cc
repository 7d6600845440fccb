// Functions that every template may call.
#include <algorithm>

#include "base/text.h"
#include "pages/gettext.h"
#include "pages/machine.h"

namespace trestle::pages {

namespace {

Value global_range(Machine& m, const Args& args) {
  std::size_t count = args.positional.size();
  if (!args.keywords.empty())
    return m.fail("TypeError", "range() takes no keyword arguments");
  if (count == 0 || count > 3)
    return m.fail("TypeError", concat({"range expected at ",
                                       count == 0 ? "least 1" : "most 3",
                                       " argument", count == 0 ? "" : "s",
                                       ", got ", std::to_string(count)}));
  std::int64_t n[3] = {0, 0, 1};
  for (std::size_t i = 0; i < count; i++)
    if (!m.as_index(args.positional[i], n[count == 1 ? 1 : i]))
      return failure();
  if (n[2] == 0) return m.fail("ValueError", "range() arg 3 must not be zero");
  Range range{n[0], n[1], n[2], 0};
  // Distances are computed without overflow.
  if (n[2] > 0 && n[0] < n[1]) {
    std::uint64_t distance =
        static_cast<std::uint64_t>(n[1]) - static_cast<std::uint64_t>(n[0]);
    range.length = static_cast<std::int64_t>(
        (distance - 1) / static_cast<std::uint64_t>(n[2]) + 1);
  } else if (n[2] < 0 && n[0] > n[1]) {
    std::uint64_t distance =
        static_cast<std::uint64_t>(n[0]) - static_cast<std::uint64_t>(n[1]);
    range.length = static_cast<std::int64_t>(
        (distance - 1) / (0 - static_cast<std::uint64_t>(n[2])) + 1);
  }
  if (range.length < 0 || range.length > m.limits().range)
    return m.fail("OverflowError",
                  concat({"Range too big. The limit for a range is ",
                          std::to_string(m.limits().range), " items."}));
  Value v = make(Kind::range);
  v.range = m.arena().make<Range>();
  *v.range = range;
  return v;
}

// The pairs of dict(...) and namespace(...).
bool fill_dict(Machine& m, const Args& args, std::string_view name,
               Dict* dict) {
  if (args.positional.size() > 1) {
    m.fail("TypeError", concat({name, " expected at most 1 argument, got ",
                                std::to_string(args.positional.size())}));
    return false;
  }
  if (!args.positional.empty()) {
    const Value& source = args.positional[0];
    if (source.is(Kind::dict) || source.is(Kind::row)) {
      const Dict& d =
          source.is(Kind::dict) ? *source.dict : *m.row_dict(source);
      for (std::uint32_t i = 0; i < d.size; i++)
        dict->set(m.arena(), d.entries[i].key, d.entries[i].value);
    } else {
      List* pairs = m.to_list(source);
      if (pairs == nullptr) return false;
      for (const Value& item : pairs->span()) {
        List* pair = m.to_list(item);
        if (pair == nullptr) return false;
        if (pair->size != 2) {
          m.fail("ValueError",
                 concat({"dictionary update sequence element has length ",
                         std::to_string(pair->size), "; 2 is required"}));
          return false;
        }
        if (!hashable(pair->items[0])) {
          m.fail("TypeError", concat({"unhashable type: '",
                                      type_name(pair->items[0]), "'"}));
          return false;
        }
        dict->set(m.arena(), pair->items[0], pair->items[1]);
      }
    }
  }
  for (const Keyword& k : args.keywords)
    dict->set(m.arena(), m.arena().copy(k.name), k.value);
  return true;
}

Value global_dict(Machine& m, const Args& args) {
  Dict* dict = m.arena().make<Dict>();
  return fill_dict(m, args, "dict", dict) ? dict_of(dict) : failure();
}

Value global_namespace(Machine& m, const Args& args) {
  Value v = make(Kind::name_space);
  v.dict = m.arena().make<Dict>();
  return fill_dict(m, args, "namespace", v.dict) ? v : failure();
}

Value global_cycler(Machine& m, const Args& args) {
  if (args.positional.empty())
    return m.fail("RuntimeError", "at least one item has to be provided");
  Value v = make(Kind::cycler);
  v.cycler = m.arena().make<Cycler>();
  v.cycler->items = new_list(m.arena());
  for (const Value& item : args.positional)
    v.cycler->items->push(m.arena(), item);
  return v;
}

Value global_joiner(Machine& m, const Value* a) {
  Value v = make(Kind::joiner);
  v.joiner = m.arena().make<Joiner>();
  v.joiner->separator = a[0].is(Kind::missing) ? string(", ") : a[0];
  return v;
}

// Filler text: sentences of made-up Latin.
Value global_lipsum(Machine& m, const Value* a) {
  static constexpr std::string_view kWords[] = {
      "amet",    "arcu",     "augue",  "blandit", "commodo", "cursus",
      "dapibus", "diam",     "dolor",  "eget",    "elit",    "enim",
      "erat",    "fames",    "felis",  "gravida", "iaculis", "ipsum",
      "lacus",   "lectus",   "libero", "lorem",   "magna",   "mauris",
      "metus",   "mollis",   "nibh",   "nulla",   "ornare",  "pede",
      "porta",   "purus",    "quam",   "risus",   "sapien",  "semper",
      "sit",     "tellus",   "tortor", "turpis",  "urna",    "velit",
      "vitae",   "vulputate"};
  std::int64_t n = 5, least = 20, most = 100;
  if ((!a[0].is(Kind::missing) && !m.as_index(a[0], n)) ||
      (!a[2].is(Kind::missing) && !m.as_index(a[2], least)) ||
      (!a[3].is(Kind::missing) && !m.as_index(a[3], most)))
    return failure();
  bool html = a[1].is(Kind::missing) || m.truth(a[1]);
  if (n > 0 && least >= most)
    return m.fail("ValueError", "empty range for randrange()");
  if (most > 10'000 || least < 0 ||
      (n > 0 && !m.allow(static_cast<std::uint64_t>(
                             std::min<std::int64_t>(n, 1'000'000)) *
                         static_cast<std::uint64_t>(most) * 8)))
    return m.failed() ? failure() : m.fail("ValueError", "too many words");
  std::string out;
  for (std::int64_t p = 0; p < n; p++) {
    if (p > 0) out += html ? "\n" : "\n\n";
    if (html) out += "<p>";
    auto words =
        least + static_cast<std::int64_t>(
                    m.random() % static_cast<std::uint64_t>(most - least));
    bool capital = true;
    for (std::int64_t w = 0; w < words; w++) {
      std::string word(kWords[m.random() % std::size(kWords)]);
      if (capital) word[0] = static_cast<char>(word[0] - 32);
      capital = w % 11 == 10 || w + 1 == words;
      if (w > 0) out += " ";
      out += word;
      if (capital)
        out += ".";
      else if (w % 11 == 5)
        out += ",";
    }
    if (words == 0) out += ".";
    if (html) out += "</p>";
  }
  return m.text(out, html);
}

// --- gettext
// --------------------------------------------------------------------

Value translated(Machine& m, std::string_view context, const Value& singular,
                 const Value& plural, const Value& count) {
  Value s = m.soft_str(singular);
  if (s.failed()) return s;
  if (plural.is(Kind::missing))
    return string(translate(m.translations(), context, s.text()));
  Value p = m.soft_str(plural);
  double n = 0;
  if (p.failed() || !m.as_real(count, n))
    return m.failed() ? failure()
                      : m.fail("TypeError", "a plural needs a number");
  return string(translate(m.translations(), context, s.text(), p.text(),
                          static_cast<std::int64_t>(n)));
}

Value global_gettext(Machine& m, const Value* a) {
  return translated(m, "", a[0], {}, {});
}
Value global_ngettext(Machine& m, const Value* a) {
  return translated(m, "", a[0], a[1], a[2]);
}
Value global_pgettext(Machine& m, const Value* a) {
  return translated(m, m.arena().copy(m.str(a[0])), a[1], {}, {});
}
Value global_npgettext(Machine& m, const Value* a) {
  return translated(m, m.arena().copy(m.str(a[0])), a[1], a[2], a[3]);
}

constexpr Callable kGlobals[] = {
    {"range", "range", nullptr, global_range, 1, {}},
    {"dict", "dict", nullptr, global_dict, 0, {}},
    {"namespace", "namespace", nullptr, global_namespace, 0, {}},
    {"cycler", "cycler", nullptr, global_cycler, 0, {}},
    {"joiner", "joiner", global_joiner, nullptr, 0, {"sep"}},
    {"lipsum",
     "lipsum",
     global_lipsum,
     nullptr,
     0,
     {"n", "html", "min", "max"}},
    {"_", "gettext", global_gettext, nullptr, 1, {"message"}},
    {"gettext", "gettext", global_gettext, nullptr, 1, {"message"}},
    {"ngettext",
     "ngettext",
     global_ngettext,
     nullptr,
     3,
     {"singular", "plural", "n"}},
    {"pgettext",
     "pgettext",
     global_pgettext,
     nullptr,
     2,
     {"context", "message"}},
    {"npgettext",
     "npgettext",
     global_npgettext,
     nullptr,
     4,
     {"context", "singular", "plural", "n"}},
};

}  // namespace

std::span<const Callable> standard_globals() { return kGlobals; }

}  // namespace trestle::pages
