// Who may do what, as PostgreSQL itself decides it: the access lists of
// schemas, relations, columns and functions, and what roles inherit (PostgreSQL
// manual, 5.7 and 22.3). Row security is not part of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sql/statement.h"

namespace trestle::catalog {

enum class Privilege : std::uint8_t {
  select = 1,
  insert = 2,
  update = 4,
  delete_ = 8,
  execute = 16,
  usage = 32
};

// A role that the login role may take on.
struct Role {
  Oid oid = 0;
  std::string name;
  bool superuser = false;
  bool is_login = false;     // the role that connections log in as
  std::vector<Oid> granted;  // roles whose privileges it has, sorted
};

// One entry of an access list.
struct Grant {
  std::int16_t column = 0;  // 0: the whole object
  Oid grantee = 0;          // 0: everybody
  Privilege privilege = Privilege::select;
};

class Privileges {
 public:
  enum class Object : std::uint8_t { schema, relation, function };

  void add_role(Role role);
  void add_grant(Object object, Oid oid, const Grant& grant);

  // Null: no such role, or the login role may not take it on. An empty name is
  // the login role.
  [[nodiscard]] const Role* role(std::string_view name) const;
  [[nodiscard]] const std::vector<Role>& roles() const { return roles_; }

  // On the whole object.
  [[nodiscard]] bool may(const Role& role, Privilege privilege, Object object,
                         Oid oid) const;
  // On the relation or on that column of it.
  [[nodiscard]] bool may_column(const Role& role, Privilege privilege,
                                Oid relation, std::int16_t column) const;

 private:
  [[nodiscard]] bool granted(const Role& role, Privilege privilege,
                             Object object, Oid oid, std::int16_t column) const;

  std::vector<Role> roles_;
  std::unordered_map<std::uint64_t, std::vector<Grant>> grants_;
};

}  // namespace trestle::catalog
