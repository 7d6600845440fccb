#include "catalog/privileges.h"

#include <algorithm>

namespace trestle::catalog {
namespace {

// Predefined roles that may read or write everything (pg_authid.dat).
constexpr Oid kReadAllData = 6181;
constexpr Oid kWriteAllData = 6182;

bool holds(const Role& role, Oid other) {
  return std::binary_search(role.granted.begin(), role.granted.end(), other);
}

bool by_predefined_role(const Role& role, Privilege privilege,
                        Privileges::Object object) {
  if (object == Privileges::Object::function) return false;
  if (privilege == Privilege::select || privilege == Privilege::usage)
    if (holds(role, kReadAllData)) return true;
  return privilege != Privilege::select && holds(role, kWriteAllData);
}

std::uint64_t key_of(Privileges::Object object, Oid oid) {
  return static_cast<std::uint64_t>(object) << 32 | oid;
}

}  // namespace

void Privileges::add_role(Role role) {
  std::sort(role.granted.begin(), role.granted.end());
  roles_.push_back(std::move(role));
}

void Privileges::add_grant(Object object, Oid oid, const Grant& grant) {
  grants_[key_of(object, oid)].push_back(grant);
}

const Role* Privileges::role(std::string_view name) const {
  for (const Role& role : roles_)
    if (name.empty() ? role.is_login : role.name == name) return &role;
  return nullptr;
}

bool Privileges::may(const Role& role, Privilege privilege, Object object,
                     Oid oid) const {
  return granted(role, privilege, object, oid, 0);
}

bool Privileges::may_column(const Role& role, Privilege privilege, Oid relation,
                            std::int16_t column) const {
  return granted(role, privilege, Object::relation, relation, column);
}

bool Privileges::granted(const Role& role, Privilege privilege, Object object,
                         Oid oid, std::int16_t column) const {
  if (role.superuser || by_predefined_role(role, privilege, object))
    return true;
  auto it = grants_.find(key_of(object, oid));
  if (it == grants_.end()) return false;
  for (const Grant& grant : it->second)
    if (grant.privilege == privilege &&
        (grant.column == 0 || grant.column == column) &&
        (grant.grantee == 0 || holds(role, grant.grantee)))
      return true;
  return false;
}

}  // namespace trestle::catalog
