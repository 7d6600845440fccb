#include "pages/column_walk.h"

#include <algorithm>
#include <array>

#include "pages/methods.h"

namespace trestle::pages {

namespace {

// Templates inside another: what includes itself is not walked for ever.
constexpr std::size_t kMostPrograms = 32;

constexpr auto kRowFilters =
    std::to_array<std::string_view>({"first", "last", "random"});
constexpr auto kSameFilters = std::to_array<std::string_view>(
    {"sort", "list", "reverse", "unique", "selectattr", "rejectattr"});
// The filters whose first argument, or `attribute=`, names a column.
constexpr auto kByColumn = std::to_array<std::string_view>(
    {"selectattr", "rejectattr", "groupby", "sum"});
constexpr auto kByKeyword = std::to_array<std::string_view>(
    {"map", "sort", "unique", "sum", "min", "max", "join", "groupby"});

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& words,
              std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

class Walk {
 public:
  explicit Walk(const Shapes& page) : scopes_{page} {}

  std::vector<ColumnMistake> run(const Program& entry) {
    walk_program(entry);
    return std::move(mistakes_);
  }

 private:
  // --- templates

  void walk_program(const Program& program) {
    bool is_known = std::ranges::find(inside_, &program) != inside_.end();
    if (program.root == nullptr || is_known || inside_.size() > kMostPrograms)
      return;
    inside_.push_back(&program);
    statements(program.root->items);
    inside_.pop_back();
  }

  void statements(std::span<Node* const> nodes) {
    for (const Node* node : nodes) statement(*node);
  }

  void statement(const Node& n) {
    switch (n.op) {
      case Op::if_:
        return walk_if(n);
      case Op::for_:
        return walk_for(n);
      case Op::set:
        return declare(*n.a, shape(*n.b));
      case Op::set_block:
        nested(n.items);
        return declare(*n.a, {});
      case Op::with:
        return walk_with(n);
      case Op::block:
        return nested(n.items);
      case Op::macro:
      case Op::call_block:
        return walk_macro(n);
      case Op::include:
      case Op::extends:
        if (n.a != nullptr) shape(*n.a);
        if (n.linked != nullptr) walk_program(*n.linked);
        return;
      case Op::import:
      case Op::from_import:
        if (n.linked != nullptr && (n.flags & Node::kWithContext) != 0)
          walk_program(*n.linked);
        return;
      case Op::trans:
        for (const Node* variable : n.items)
          if (variable->a != nullptr) shape(*variable->a);
        return;
      case Op::body:
        return statements(n.items);
      case Op::filter_block:
      case Op::autoescape:
        return nested(n.items);
      default:
        if (n.a != nullptr) shape(*n.a);
    }
  }

  void nested(std::span<Node* const> nodes) {
    scopes_.emplace_back();
    statements(nodes);
    scopes_.pop_back();
  }

  // What one way through sets and another does not is unknown behind it.
  void walk_if(const Node& n) {
    const std::vector<Shapes> before = scopes_;
    branch(n, before);
    for (const Node* elif : n.more) branch(*elif, before);
    if (n.b == nullptr) return;
    std::vector<Shapes> kept = scopes_;
    scopes_ = before;
    statements(n.b->items);
    merge(kept);
  }

  void branch(const Node& n, const std::vector<Shapes>& before) {
    std::vector<Shapes> kept = scopes_;
    scopes_ = before;
    if (n.a != nullptr) shape(*n.a);
    statements(n.items);
    merge(kept);
  }

  void merge(const std::vector<Shapes>& other) {
    for (std::size_t i = 0; i < scopes_.size(); i++) {
      for (auto& [name, known] : scopes_[i]) {
        auto there = other[i].find(name);
        if (there == other[i].end() || there->second != known) known = {};
      }
      for (const auto& [name, known] : other[i])
        scopes_[i].try_emplace(name, Shape{});
    }
  }

  void walk_for(const Node& n) {
    Shape items = shape(*n.b);
    scopes_.emplace_back();
    declare(*n.a, items.kind == Shape::Kind::rows
                      ? Shape{Shape::Kind::row, items.columns}
                      : Shape{});
    scopes_.back()["loop"] = {};
    if (n.c != nullptr) shape(*n.c);
    statements(n.items);
    scopes_.pop_back();
    nested(n.more);
  }

  void walk_with(const Node& n) {
    scopes_.emplace_back();
    for (std::size_t i = 0; i < n.items.size(); i++)
      declare(*n.items[i], shape(*n.more[i]));
    statements(n.b->items);
    scopes_.pop_back();
  }

  void walk_macro(const Node& n) {
    if (n.a != nullptr) shape(*n.a);
    scopes_.emplace_back();
    for (const Node* parameter : n.items) declare(*parameter, {});
    for (std::string_view name : {"caller", "varargs", "kwargs"})
      scopes_.back()[name] = {};
    statements(n.more);
    scopes_.pop_back();
  }

  // --- names

  Shape find(std::string_view name) const {
    for (std::size_t i = scopes_.size(); i-- > 0;) {
      auto found = scopes_[i].find(name);
      if (found != scopes_[i].end()) return found->second;
    }
    return {};
  }

  // In the innermost scope; the parts of a tuple are unknown.
  void declare(const Node& target, Shape known) {
    if (target.op == Op::name) {
      scopes_.back()[target.name] = known;
      return;
    }
    for (const Node* part : target.items) declare(*part, {});
  }

  // --- expressions

  Shape shape(const Node& n) {
    switch (n.op) {
      case Op::name:
        return find(n.name);
      case Op::attribute: {
        Shape object = shape(*n.a);
        if (object.kind == Shape::Kind::row) check(n, *n.a, object, n.name);
        return {};
      }
      case Op::item:
        return item(n);
      case Op::slice:
        return shape(*n.a);
      case Op::cond: {
        shape(*n.a);
        Shape then = shape(*n.b);
        Shape other = n.c == nullptr ? Shape{} : shape(*n.c);
        return then == other ? then : Shape{};
      }
      case Op::or_:
      case Op::and_: {
        Shape left = shape(*n.a);
        Shape right = shape(*n.b);
        return left == right ? left : Shape{};
      }
      case Op::filter:
        return filter(n);
      case Op::test:
        return test(n);
      default:
        children(n);
        return {};
    }
  }

  void children(const Node& n) {
    for (const Node* child : {n.a, n.b, n.c})
      if (child != nullptr) shape(*child);
    for (const Node* child : n.items) shape(*child);
    for (const Node* child : n.more) shape(*child);
  }

  Shape item(const Node& n) {
    Shape object = shape(*n.a);
    shape(*n.b);
    bool is_text = n.b->op == Op::constant && n.b->value.is_string();
    if (object.kind == Shape::Kind::row && is_text)
      check(n, *n.a, object, n.b->value.text());
    bool is_index = n.b->op == Op::constant && n.b->value.is(Kind::integer);
    if (object.kind == Shape::Kind::rows && is_index)
      return {Shape::Kind::row, object.columns};
    return {};
  }

  // `x.y is defined` asks whether there is such a column.
  Shape test(const Node& n) {
    bool asks = n.name == "defined" || n.name == "undefined";
    if (asks && n.a->op == Op::attribute)
      shape(*n.a->a);
    else
      shape(*n.a);
    for (const Node* child : n.items) shape(*child);
    for (const Node* child : n.more) shape(*child);
    return {};
  }

  Shape filter(const Node& n) {
    if (n.a == nullptr) return {};
    bool has_default = n.name == "default" || n.name == "d";
    if (has_default && n.a->op == Op::attribute) {
      shape(*n.a->a);
      return {};
    }
    Shape object = shape(*n.a);
    for (const Node* argument : n.items) shape(*argument);
    for (const Node* keyword : n.more) shape(*keyword->a);
    if (object.kind != Shape::Kind::rows) return {};
    check_argument(n, object);
    if (is_among(kRowFilters, n.name))
      return {Shape::Kind::row, object.columns};
    return is_among(kSameFilters, n.name) ? object : Shape{};
  }

  // rows | map(attribute='x'), rows | groupby('x')
  void check_argument(const Node& n, Shape object) {
    const Node* column = nullptr;
    if (is_among(kByColumn, n.name) && !n.items.empty()) column = n.items[0];
    if (is_among(kByKeyword, n.name))
      for (const Node* keyword : n.more)
        if (keyword->name == "attribute") column = keyword->a;
    if (column == nullptr || column->op != Op::constant ||
        !column->value.is_string())
      return;
    std::string_view path = column->value.text();
    if (path.find(',') != std::string_view::npos) return;
    check(n, *n.a, object, path.substr(0, path.find('.')));
  }

  void check(const Node& at, const Node& object, Shape row,
             std::string_view column) {
    if (std::ranges::find(*row.columns, column) != row.columns->end()) return;
    Value of_its_kind = make(Kind::row);
    if (find_method(of_its_kind, column) != nullptr) return;
    ColumnMistake mistake{
        .place = {},
        .object = std::string(object.op == Op::name ? object.name : ""),
        .column = std::string(column),
        .columns = row.columns};
    mistake.place.file = inside_.back()->name;
    locate(mistake.place, inside_.back()->source, at.offset);
    mistakes_.push_back(std::move(mistake));
  }

  std::vector<Shapes> scopes_;  // the innermost last; the first is the page's
  std::vector<const Program*> inside_;
  std::vector<ColumnMistake> mistakes_;
};

}  // namespace

std::vector<ColumnMistake> find_mistakes(const Program& entry,
                                         const Shapes& shapes) {
  return Walk(shapes).run(entry);
}

}  // namespace trestle::pages
