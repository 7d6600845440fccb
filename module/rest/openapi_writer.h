// What both versions of the API's description have in common: which resources
// there are, what can be done with each, and what their rows look like. How
// that is said is the version's own (openapi_2.cc, openapi_3.cc).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "rest/openapi_types.h"

namespace trestle::rest {

class OpenApiWriter {
 public:
  // Borrows all for the time of write(), which appends to `out`.
  OpenApiWriter(const RequestState& state, const Usable& usable,
                std::string& out);
  virtual ~OpenApiWriter() = default;
  OpenApiWriter(const OpenApiWriter&) = delete;
  OpenApiWriter& operator=(const OpenApiWriter&) = delete;

  void write();

 protected:
  enum class Operation { read, insert, update, remove };

  // Members of the document before and after its paths.
  virtual void write_head(const Comment& api, const Address& address) = 0;
  virtual void write_tail() = 0;
  // A path for the description itself.
  virtual void write_own_path() {}

  // Members of an open operation. `rows`: what is answered, null: nothing that
  // is described.
  virtual void write_operation_id(std::string_view method,
                                  std::string_view tag) {
    static_cast<void>(method);
    static_cast<void>(tag);
  }
  virtual void write_input(const Relation& relation, Operation operation) = 0;
  virtual void write_query_input(const Function& function) = 0;
  virtual void write_body_input(const Function& function) = 0;
  virtual void write_response(std::string_view status,
                              std::string_view description,
                              const Relation* rows) = 0;

  // Members of the object that maps names of relations to their rows' schemas.
  void write_schemas();
  // "type", "properties", "required" of a function's arguments.
  void write_arguments(const Function& function);
  [[nodiscard]] static bool is_required(const catalog::Parameter& parameter) {
    return !parameter.has_default && !parameter.variadic;
  }

  [[nodiscard]] JsonWriter& json() { return json_; }
  [[nodiscard]] const RequestState& state() const { return state_; }
  [[nodiscard]] const std::vector<const Relation*>& relations() const {
    return relations_;
  }

 private:
  void write_paths();
  void write_relation(const Relation& relation);
  void write_operation(const Relation& relation, std::string_view method,
                       Operation operation, std::string_view status,
                       std::string_view description);
  void write_function(const Function& function);
  void begin_operation(std::string_view method, std::string_view tag,
                       const Comment& comment);
  void write_required(const std::vector<std::string_view>& names);

  const RequestState& state_;
  std::vector<const Relation*> relations_;
  std::vector<const Function*> functions_;
  JsonWriter json_;
};

}  // namespace trestle::rest
