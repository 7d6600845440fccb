// The lint reads the template in source order and looks at the place of each
// printed value (html_scanner.h). Branches of an `if` start at the same place;
// the page goes on from where the first of them ends.
#include "pages/lint.h"

#include <algorithm>

#include "base/text.h"
#include "pages/html_scanner.h"

namespace trestle::pages {

namespace {

// --- what is printed

bool only_literals(const Node* n) {
  switch (n->op) {
    case Op::constant:
      return true;
    case Op::cond:
      return only_literals(n->b) && (n->c == nullptr || only_literals(n->c));
    case Op::concat:
      return std::ranges::all_of(n->items, only_literals);
    case Op::compare:
    case Op::test:
    case Op::not_:
      return true;  // prints True or False
    case Op::or_:
    case Op::and_:
      return only_literals(n->a) && only_literals(n->b);
    case Op::call:
      // loop.cycle('a', 'b') prints one of its arguments.
      return n->a->op == Op::attribute && n->a->name == "cycle" &&
             std::ranges::all_of(n->items, only_literals);
    case Op::filter: {
      static constexpr std::string_view kNumbers[] = {
          "length", "count", "wordcount", "int", "float", "round"};
      return std::ranges::find(kNumbers, n->name) != std::end(kNumbers) ||
             (n->a != nullptr && only_literals(n->a) && n->items.empty() &&
              n->name != "safe");
    }
    case Op::attribute: {
      static constexpr std::string_view kLoop[] = {
          "index", "index0", "revindex", "revindex0", "length",
          "depth", "depth0", "first",    "last"};
      return n->a->op == Op::name && n->a->name == "loop" &&
             std::ranges::find(kLoop, n->name) != std::end(kLoop);
    }
    default:
      return false;
  }
}

std::string_view last_filter(const Node* n) {
  return n->op == Op::filter ? n->name : std::string_view();
}

bool ends_with_filter(const Node* n, std::string_view name) {
  if (n->op == Op::cond)
    return (only_literals(n->b) || ends_with_filter(n->b, name)) &&
           (n->c == nullptr || only_literals(n->c) ||
            ends_with_filter(n->c, name));
  return last_filter(n) == name;
}

bool tojson_then_forceescape(const Node* n) {
  return last_filter(n) == "forceescape" && n->a != nullptr &&
         last_filter(n->a) == "tojson";
}

bool is_link_attribute(const HtmlPlace& p) {
  static constexpr std::string_view kNames[] = {
      "href",     "src",      "action",   "formaction", "poster",
      "cite",     "data",     "srcset",   "background", "xlink:href",
      "manifest", "ping",     "longdesc", "hx-get",     "hx-post",
      "hx-put",   "hx-patch", "hx-delete"};
  return std::ranges::find(kNames, p.attribute) != std::end(kNames);
}

bool makes_url(const Node* n) {
  if (n->op == Op::call && n->a->op == Op::name &&
      (n->a->name == "url_for" || n->a->name == "asset"))
    return true;
  return ends_with_filter(n, "urlencode");
}

class Linter {
 public:
  explicit Linter(const Program& program) : program_(program) {}

  std::vector<LintWarning> run() {
    walk(program_.root->items);
    std::ranges::stable_sort(warnings_, {}, &LintWarning::line);
    return std::move(warnings_);
  }

 private:
  using At = HtmlPlace::At;

  void walk(std::span<Node* const> nodes) {
    for (const Node* n : nodes) walk(n);
  }

  void walk(const Node* n) {
    switch (n->op) {
      case Op::text:
        return scanner_.text(n->name);
      case Op::print:
        look(n, n->a);
        return scanner_.value();
      case Op::if_:
        return branches(n);
      case Op::for_: {
        HtmlPlace before = scanner_.place;
        walk(n->items);
        if (!n->more.empty()) {
          HtmlPlace after = scanner_.place;
          scanner_.place = before;
          walk(n->more);
          scanner_.place = after;
        }
        return;
      }
      case Op::macro: {
        // A macro's text stands somewhere else.
        HtmlPlace before = scanner_.place;
        scanner_.place = {};
        walk(n->more);
        scanner_.place = before;
        return;
      }
      case Op::call_block: {
        HtmlPlace before = scanner_.place;
        scanner_.place = {};
        walk(n->more);
        scanner_.place = before;
        return;
      }
      case Op::set_block: {
        HtmlPlace before = scanner_.place;
        scanner_.place = {};
        walk(n->items);
        scanner_.place = before;
        return;
      }
      case Op::with:
        return walk(n->b->items);
      case Op::trans:
        for (const Node* variable : n->items) look(n, variable->a);
        return scanner_.text(n->name);
      case Op::body:
      case Op::block:
      case Op::autoescape:
      case Op::filter_block:
        return walk(n->items);
      default:
        return;
    }
  }

  void branches(const Node* n) {
    HtmlPlace before = scanner_.place;
    walk(n->items);
    HtmlPlace after = scanner_.place;
    for (const Node* elif : n->more) {
      scanner_.place = before;
      walk(elif->items);
    }
    if (n->b != nullptr) {
      scanner_.place = before;
      walk(n->b->items);
    }
    scanner_.place = after;
  }

  void warn(const Node* n, std::string_view code, std::string_view message) {
    TemplateError place;
    locate(place, program_.source, n->offset);
    warnings_.push_back({program_.name, place.line, code, message});
  }

  void look(const Node* n, const Node* value) {
    if (only_literals(value)) return;
    const HtmlPlace& p = scanner_.place;
    switch (p.at) {
      case At::text:
      case At::skipped:
        return;
      case At::comment:
        return warn(n, "comment", "a value in an HTML comment can end it");
      case At::raw:
        if (p.tag == "style")
          return warn(n, "style",
                      "a value in a style sheet is not protected by escaping");
        if (!ends_with_filter(value, "tojson"))
          warn(n, "script", "a value in a script: use the tojson filter");
        return;
      case At::tag_open:
        return warn(n, "tag", "a value in a tag's name");
      case At::tag_name:
        // xmlattr begins with a blank, which ends the name.
        if (!ends_with_filter(value, "xmlattr"))
          warn(n, "tag", "a value in a tag's name");
        return;
      case At::in_tag:
      case At::attribute:
      case At::after_name:
        if (!ends_with_filter(value, "xmlattr"))
          warn(n, "tag",
               "a value in a tag, outside of an attribute's value: use the "
               "xmlattr filter");
        return;
      case At::before_value:
      case At::unquoted:
        return warn(n, "unquoted", "a value in an attribute without quotes");
      case At::quoted:
        return look_quoted(n, value);
    }
  }

  void look_quoted(const Node* n, const Node* value) {
    const HtmlPlace& p = scanner_.place;
    bool json = ends_with_filter(value, "tojson");
    if (p.attribute.starts_with("on")) {
      if ((json && p.quote == '\'') || tojson_then_forceescape(value)) return;
      return warn(n, "event",
                  "a value in an event handler: use tojson in single quotes, "
                  "or tojson and then forceescape");
    }
    if (p.attribute == "style")
      return warn(n, "style", "a value in a style attribute");
    if (p.attribute == "srcdoc" && !json)
      return warn(n, "script",
                  "a value in srcdoc is read as HTML a second time");
    if (json && p.quote == '"')
      return warn(n, "quote",
                  "tojson in double quotes: its own quotes end the attribute");
    if (is_link_attribute(p) && trim(p.value).empty() && !makes_url(value))
      warn(n, "url",
           "a value at the start of a link can be a javascript: address: "
           "start with a fixed path, or use urlencode, url_for() or asset()");
  }

  const Program& program_;
  HtmlScanner scanner_;
  std::vector<LintWarning> warnings_;
};

}  // namespace

std::string LintWarning::summary() const {
  return concat(
      {file, ":", std::to_string(line), ": warning ", code, ": ", message});
}

std::vector<LintWarning> lint(const Program& program) {
  if (program.error) return {};
  return Linter(program).run();
}

}  // namespace trestle::pages
