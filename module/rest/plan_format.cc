// What the answer is made as: the first acceptable media type that can be.
#include "rest/errors.h"
#include "rest/plan.h"

namespace trestle::rest {
namespace {

using Kind = MediaType::Kind;
namespace oid = catalog::oid;

MediaType type_named(std::string_view name) { return parse_media_type(name); }

// The schemas whose handlers count: the request's, then the search path.
bool is_visible(const PlanContext& context, std::string_view schema) {
  if (schema == context.request.schema) return true;
  for (const std::string& extra : context.config.extra_search_path)
    if (extra == schema) return true;
  return false;
}

// The media type that a function answers by the domain of its result.
std::optional<std::string> media_of_function(const PlanContext& context,
                                             const Function& function) {
  const catalog::Type* type = context.catalog.type(function.returns);
  if (type == nullptr || type->kind != catalog::Type::Kind::domain)
    return std::nullopt;
  if (function.returns_set) return std::nullopt;
  if (type->name == "*/*") return type->name;
  if (type->name.find('/') == std::string::npos) return std::nullopt;
  return type->name;
}

// A handler for rows of one relation takes whole rows only.
bool whole_rows(const PlanContext& context) {
  const std::vector<SelectItem>& select = context.request.query.select;
  return select.empty() || (select.size() == 1 && !select[0].embed &&
                            select[0].field.name == "*");
}

// An aggregate for rows of `relation`, else one for any rows.
const catalog::MediaHandler* find_handler(const PlanContext& context,
                                          const Relation* relation,
                                          std::string_view media,
                                          bool any_rows = true) {
  const catalog::MediaHandler* general = nullptr;
  for (const catalog::MediaHandler& h : context.catalog.media_handlers()) {
    if (h.media_type != media || !is_visible(context, h.schema)) continue;
    bool own = relation != nullptr && h.row_type == relation->row_type;
    if (own && whole_rows(context)) return &h;
    if (h.row_type == 0 && any_rows && general == nullptr) general = &h;
  }
  return general;
}

class Chooser {
 public:
  Chooser(const PlanContext& context, const RestPlan& plan)
      : context_(context), plan_(plan) {
    if (plan.call)
      function_media_ = media_of_function(context, *plan.call->function);
  }

  std::optional<BodyFormat> choose(const MediaType& type) const {
    if (type.kind == Kind::plan) return choose_plan(type);
    if (type.kind == Kind::sql && context_.request.shows_sql)
      return builtin(type_named("application/json"));
    if (std::optional<BodyFormat> own = choose_function(type)) return own;
    if (type.kind == Kind::any) {
      if (auto h = handler(find_handler(context_, plan_.read.relation, "*/*"),
                           "application/octet-stream"))
        return h;
      return builtin(type_named("application/json"));
    }
    // Our own formats are nobody's to replace.
    if (type.name.starts_with("application/vnd.pgrst.")) return builtin(type);
    if (const catalog::MediaHandler* h =
            find_handler(context_, plan_.read.relation, type.name))
      return handler(h, h->media_type);
    if (auto made = builtin(type)) return made;
    return handler(find_handler(context_, plan_.read.relation, "*/*"),
                   "application/octet-stream");
  }

 private:
  std::optional<BodyFormat> choose_plan(const MediaType& type) const {
    if (!context_.config.plan) return std::nullopt;
    std::optional<BodyFormat> inner = choose(type_named(type.plan.of));
    if (inner) inner->explain = type;
    return inner;
  }

  std::optional<BodyFormat> choose_function(const MediaType& type) const {
    if (!function_media_) return std::nullopt;
    BodyFormat format;
    format.kind = BodyFormat::Kind::function_media;
    const Function& function = *plan_.call->function;
    format.bytes = context_.catalog.base_type(function.returns) == oid::kBytea;
    if (*function_media_ == "*/*") {
      format.type = type_named("application/octet-stream");
      return format;
    }
    if (type.kind != Kind::any && type.name != *function_media_)
      return std::nullopt;
    format.type = type_named(*function_media_);
    return format;
  }

  std::optional<BodyFormat> handler(const catalog::MediaHandler* h,
                                    std::string_view media) const {
    if (h == nullptr || is_scalar()) return std::nullopt;
    BodyFormat format;
    format.kind = BodyFormat::Kind::handler;
    format.handler_schema = h->schema;
    format.handler = h->function;
    format.type = type_named(media);
    if (h->row_type != 0)
      format.handler_rows = context_.catalog.relation_of_type(h->row_type);
    Oid base = handler_type(*h);
    format.bytes = base == oid::kBytea;
    format.binary_json = base == oid::kJsonb;
    return format;
  }

  Oid handler_type(const catalog::MediaHandler& h) const {
    for (const auto& [id, type] : context_.catalog.types())
      if (type.name == h.media_type && type.schema == h.type_schema)
        return context_.catalog.base_type(id);
    return 0;
  }

  bool is_scalar() const { return plan_.call && plan_.call->scalar; }

  std::optional<BodyFormat> builtin(const MediaType& type) const {
    BodyFormat format;
    format.type = type;
    bool scalar = is_scalar();
    switch (type.kind) {
      case Kind::json:
        format.kind =
            scalar ? BodyFormat::Kind::scalar : BodyFormat::Kind::json;
        if (!scalar && plan_.call && plan_.call->single)
          format.kind = BodyFormat::Kind::object;
        return format;
      case Kind::array_strip:
        format.strip_nulls = true;
        [[fallthrough]];
      case Kind::array:
        // Asked for by name, an array without a word on nulls is plain JSON.
        format.kind =
            scalar ? BodyFormat::Kind::scalar : BodyFormat::Kind::json;
        if (!scalar && plan_.call && plan_.call->single)
          format.kind = BodyFormat::Kind::object;
        if (type.kind == Kind::array)
          format.type = type_named("application/json");
        return format;
      case Kind::object_strip:
        format.strip_nulls = true;
        [[fallthrough]];
      case Kind::object:
        format.kind =
            scalar ? BodyFormat::Kind::scalar : BodyFormat::Kind::object;
        return format;
      case Kind::csv:
        format.kind = BodyFormat::Kind::csv;
        return format;
      case Kind::ndjson:
        if (scalar) return std::nullopt;
        format.kind = BodyFormat::Kind::ndjson;
        return format;
      case Kind::geojson:
        if (!has_postgis()) return std::nullopt;
        format.kind = BodyFormat::Kind::geojson;
        return format;
      default:
        return std::nullopt;
    }
  }

  bool has_postgis() const {
    for (const auto& [id, type] : context_.catalog.types())
      if (type.name == "geometry") return true;
    return false;
  }

  const PlanContext& context_;
  const RestPlan& plan_;
  std::optional<std::string> function_media_;
};

}  // namespace

Result<BodyFormat> plan_format(const PlanContext& context,
                               const RestPlan& plan) {
  Chooser chooser(context, plan);
  std::vector<std::string> names;
  for (const MediaType& type : context.request.accept) {
    if (std::optional<BodyFormat> format = chooser.choose(type))
      return std::move(*format);
    names.push_back(media_name(type));
  }
  return errors::not_acceptable(names);
}

}  // namespace trestle::rest
