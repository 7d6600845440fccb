#include "pages/facts.h"

#include "frontend/request_values.h"

namespace trestle::pages {

namespace {

// Exchange holds references; this is `of` with other facts.
Exchange with_facts(const Exchange& of, const RequestFacts& facts) {
  return {.request = of.request,
          .identity = of.identity,
          .facts = facts,
          .catalog = of.catalog,
          .now = of.now,
          .response = of.response};
}

}  // namespace

Result<std::vector<Param>> page_values(const FileSection& section,
                                       const Visit& visit,
                                       const RequestFacts& facts) {
  Result<NamedValues> query = NamedValues::from_form(visit.request().query);
  if (!query.ok()) return std::move(query).error();
  return request_values(section, with_facts(visit.exchange, facts), &*query);
}

Result<std::vector<Param>> action_values(const FileSection& section,
                                         const Visit& visit,
                                         const RequestFacts& facts) {
  Result<std::vector<Param>> values =
      request_values(section, with_facts(visit.exchange, facts), &visit.form);
  if (!values.ok()) return values;
  // A field called "body" is what a page means by :body.
  if (const Param* field = visit.form.find("body"))
    for (std::size_t i = 0; i < section.params.size(); i++)
      if (section.params[i].source == ParamSource::body) (*values)[i] = *field;
  return values;
}

std::vector<Param> statement_params(const FileStatement& statement,
                                    const std::vector<Param>& values) {
  std::vector<Param> params;
  params.reserve(statement.params.size());
  for (std::size_t index : statement.params) params.push_back(values[index]);
  return params;
}

}  // namespace trestle::pages
