#include "catalog/code.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "catalog/tree_reader.h"
#include "catalog/types.h"

namespace trestle::catalog {
namespace {

// Nodes that compute; what they name is collected. Words between blanks.
constexpr std::string_view kNodes =
    " AGGREF ALIAS ARRAY ARRAYCOERCEEXPR ARRAYEXPR BOOLEANTEST BOOLEXPR CASE"
    " CASETESTEXPR COALESCE COALESCEEXPR COERCETODOMAIN COERCETODOMAINVALUE"
    " COERCEVIAIO COLLATE COLLATEEXPR COMMONTABLEEXPR CONST CONVERTROWTYPEEXPR"
    " CASEEXPR CASEWHEN CTESEARCHCLAUSE DISTINCTEXPR FIELDSELECT FIELDSTORE"
    " FROMEXPR FUNCEXPR GROUPINGFUNC GROUPINGSET JOINEXPR MINMAX MINMAXEXPR"
    " NAMEDARGEXPR NEXTVALUEEXPR NULLIFEXPR NULLTEST OPEXPR PARAM QUERY"
    " RANGETBLENTRY RANGETBLFUNCTION RANGETBLREF RELABELTYPE RETURNSTMT ROW"
    " ROWCOMPARE ROWCOMPAREEXPR ROWEXPR RTE RTEPERMISSIONINFO SCALARARRAYOPEXPR"
    " SETOPERATIONSTMT SORTGROUPCLAUSE SQLVALUEFUNCTION SUBLINK SUBSCRIPTINGREF"
    " TARGETENTRY VAR WHEN WINDOWCLAUSE WINDOWFUNC ";

constexpr std::string_view kFunctionFields =
    " :funcid :opfuncid :aggfnoid :winfnoid :startInRangeFunc :endInRangeFunc"
    " :elemfuncid ";
constexpr std::string_view kOperatorFields = " :opno :eqop :sortop ";
constexpr std::string_view kTypeFields =
    " :vartype :consttype :resulttype :funcresulttype :opresulttype :aggtype"
    " :wintype :paramtype :casetype :coalescetype :minmaxtype :array_typeid"
    " :element_typeid :row_typeid :typeId :refcontainertype :refelemtype"
    " :refrestype :type ";

// SQLValueFunctionOp (src/include/nodes/primnodes.h): SVFOP_LOCALTIMESTAMP_N,
// the last one of those that tell the time.
constexpr Oid kLastClockValue = 8;

// pg_proc.dat
constexpr Oid kNextval = 1574;
constexpr Oid kCurrentSetting = 2077;
constexpr Oid kCurrentSettingMissingOk = 3294;

// pg_type.dat: regproc, regprocedure, regoper, regoperator, regclass, regtype,
// regconfig, regdictionary, regnamespace, regrole, regcollation, arrays of
// them.
constexpr Oid kNameTypes[] = {24,   2202, 2203, 2204, 2205, 2206, 3734, 3769,
                              4089, 4096, 4191, 1008, 2207, 2208, 2209, 2210,
                              2211, 3735, 3770, 4090, 4097, 4192};

std::optional<Oid> to_oid(std::string_view word) {
  Oid value = 0;
  auto [end, problem] =
      std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc() || end != word.data() + word.size())
    return std::nullopt;
  return value;
}

void add_once(std::vector<Oid>& list, Oid oid) {
  if (std::ranges::find(list, oid) == list.end()) list.push_back(oid);
}

void add_all(std::vector<Oid>& list, const std::vector<Oid>& others) {
  for (Oid oid : others) add_once(list, oid);
}

// Reads one tree. A word that stands where an OID should makes the code
// unknown, so that no odd name can hide anything.
class CodeReader {
 public:
  explicit CodeReader(std::string_view tree) : reader_(tree) {}

  Code read() {
    for (std::string_view word = reader_.next(); !word.empty();
         word = reader_.next()) {
      if (word == "{") {
        open(reader_.next());
      } else if (word == "(" && in_operators_) {
        for (word = reader_.next(); word != ")" && !word.empty();
             word = reader_.next())
          if (std::optional<Oid> oid = to_oid(word)) add_operator(*oid);
      }
      in_operators_ = word == ":opnos";
      if (word.front() == ':') field(word);
    }
    if (awaits_setting_) code_.settings.any = true;
    return std::move(code_);
  }

 private:
  void open(std::string_view label) {
    if (!is_word_of(kNodes, label) && code_.unknown.empty())
      code_.unknown = ascii_lower(label);
    if (label == "NEXTVALUEEXPR") code_.uses_sequences = true;
    if (label == "SQLVALUEFUNCTION") code_.finds_names = true;
    in_value_function_ = label == "SQLVALUEFUNCTION";
    // The name of a setting that is read is the first argument.
    if (awaits_setting_) read_setting(label == "CONST");
  }

  void field(std::string_view name) {
    const bool function = is_word_of(kFunctionFields, name);
    const bool other = is_word_of(kOperatorFields, name) ||
                       is_word_of(kTypeFields, name) || name == ":relid";
    if (name == ":commandType" && reader_.peek() != "1") not_known(name);
    if (name == ":op" && in_value_function_) {
      const std::optional<Oid> value = to_oid(reader_.peek());
      if (!value || *value <= kLastClockValue) code_.reads_clock = true;
    }
    if (!function && !other) return;
    std::optional<Oid> oid = to_oid(reader_.peek());
    if (!oid) return not_known(name);
    if (*oid == 0) return;
    if (function)
      add_function(*oid);
    else if (name == ":relid")
      add_relation(*oid);
    else if (is_word_of(kOperatorFields, name))
      add_operator(*oid);
    else if (*oid >= oid::kFirstOfUsers)
      add_once(code_.types, *oid);
    else if (is_name_type(*oid))
      code_.finds_names = true;
  }

  void not_known(std::string_view what) {
    // ":type" and the like are fields of nodes without OIDs as well.
    if (what == ":type" || what == ":typeId") return;
    if (code_.unknown.empty()) code_.unknown = what.substr(1);
  }

  void add_function(Oid oid) {
    if (oid == kNextval) {
      code_.uses_sequences = true;
      return;
    }
    if (oid == kCurrentSetting || oid == kCurrentSettingMissingOk)
      awaits_setting_ = true;
    add_once(code_.functions, oid);
  }

  void add_operator(Oid oid) {
    if (oid >= oid::kFirstOfUsers) add_once(code_.operators, oid);
  }

  void add_relation(Oid oid) {
    // A view of the system's may show every setting.
    if (oid >= oid::kFirstSystemView && oid < oid::kFirstOfUsers)
      code_.settings.any = true;
    add_once(code_.relations, oid);
  }

  // ":constvalue LENGTH [ byte byte ... ]", the bytes of a text with its header
  // of four, printed as signed numbers.
  void read_setting(bool is_constant) {
    awaits_setting_ = false;
    std::string name;
    while (is_constant) {
      std::string_view word = reader_.peek();
      if (word.empty() || word == "}") break;
      static_cast<void>(reader_.next());
      if (word == "]") {
        constexpr std::size_t kHeader = 4;
        if (name.size() <= kHeader) break;
        return code_.settings.add(std::string_view(name).substr(kHeader));
      }
      int byte = 0;
      std::from_chars(word.data(), word.data() + word.size(), byte);
      if (word == "[")
        name.clear();
      else
        name.push_back(static_cast<char>(byte));
    }
    code_.settings.any = true;
  }

  TreeReader reader_;
  Code code_;
  bool in_operators_ = false;
  bool awaits_setting_ = false;
  bool in_value_function_ = false;
};

}  // namespace

void Code::add(const Code& other) {
  add_all(functions, other.functions);
  add_all(operators, other.operators);
  add_all(relations, other.relations);
  add_all(types, other.types);
  uses_sequences = uses_sequences || other.uses_sequences;
  finds_names = finds_names || other.finds_names;
  reads_clock = reads_clock || other.reads_clock;
  if (unknown.empty()) unknown = other.unknown;
  settings.add(other.settings);
}

bool is_name_type(Oid type) {
  return std::ranges::find(kNameTypes, type) != std::end(kNameTypes);
}

Code read_code(std::string_view trees) { return CodeReader(trees).read(); }

}  // namespace trestle::catalog
