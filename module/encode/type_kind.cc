#include "encode/type_kind.h"

#include <array>

namespace trestle::encode {

namespace {

struct BuiltIn {
  Oid oid;
  Oid array;  // 0: there is none
  TypeKind kind;
};

using K = TypeKind;

// select oid, typarray, typname from pg_type where oid < 10000 and typtype in
// ('b', 'r', 'm'), and the pseudo-types that a column can have. Other types are
// left out: composites, records, polymorphic arrays.
constexpr auto kBuiltIns = std::to_array<BuiltIn>({
    {16, 1000, K::boolean},        // bool
    {17, 1001, K::text},           // bytea
    {18, 1002, K::text},           // char
    {19, 1003, K::text},           // name
    {20, 1016, K::number},         // int8
    {21, 1005, K::number},         // int2
    {22, 1006, K::vector},         // int2vector
    {23, 1007, K::number},         // int4
    {24, 1008, K::text},           // regproc
    {25, 1009, K::text},           // text
    {26, 1028, K::text},           // oid
    {27, 1010, K::text},           // tid
    {28, 1011, K::text},           // xid
    {29, 1012, K::text},           // cid
    {30, 1013, K::text_vector},    // oidvector
    {114, 199, K::json},           // json
    {142, 143, K::text},           // xml
    {194, 0, K::text},             // pg_node_tree
    {600, 1017, K::text},          // point
    {601, 1018, K::text},          // lseg
    {602, 1019, K::text},          // path
    {603, 1020, K::text},          // box
    {604, 1027, K::text},          // polygon
    {628, 629, K::text},           // line
    {650, 651, K::text},           // cidr
    {700, 1021, K::number},        // float4
    {701, 1022, K::number},        // float8
    {705, 0, K::text},             // unknown
    {718, 719, K::text},           // circle
    {774, 775, K::text},           // macaddr8
    {790, 791, K::text},           // money
    {829, 1040, K::text},          // macaddr
    {869, 1041, K::text},          // inet
    {1033, 1034, K::text},         // aclitem
    {1042, 1014, K::text},         // bpchar
    {1043, 1015, K::text},         // varchar
    {1082, 1182, K::text},         // date
    {1083, 1183, K::text},         // time
    {1114, 1115, K::timestamp},    // timestamp
    {1184, 1185, K::timestamptz},  // timestamptz
    {1186, 1187, K::text},         // interval
    {1266, 1270, K::text},         // timetz
    {1560, 1561, K::text},         // bit
    {1562, 1563, K::text},         // varbit
    {1700, 1231, K::number},       // numeric
    {1790, 2201, K::text},         // refcursor
    {2202, 2207, K::text},         // regprocedure
    {2203, 2208, K::text},         // regoper
    {2204, 2209, K::text},         // regoperator
    {2205, 2210, K::text},         // regclass
    {2206, 2211, K::text},         // regtype
    {2275, 1263, K::text},         // cstring
    {2278, 0, K::text},            // void
    {2950, 2951, K::text},         // uuid
    {2970, 2949, K::text},         // txid_snapshot
    {3220, 3221, K::text},         // pg_lsn
    {3361, 0, K::text},            // pg_ndistinct
    {3402, 0, K::text},            // pg_dependencies
    {3614, 3643, K::text},         // tsvector
    {3615, 3645, K::text},         // tsquery
    {3642, 3644, K::text},         // gtsvector
    {3734, 3735, K::text},         // regconfig
    {3769, 3770, K::text},         // regdictionary
    {3802, 3807, K::json},         // jsonb
    {3904, 3905, K::text},         // int4range
    {3906, 3907, K::text},         // numrange
    {3908, 3909, K::text},         // tsrange
    {3910, 3911, K::text},         // tstzrange
    {3912, 3913, K::text},         // daterange
    {3926, 3927, K::text},         // int8range
    {4072, 4073, K::text},         // jsonpath
    {4089, 4090, K::text},         // regnamespace
    {4096, 4097, K::text},         // regrole
    {4191, 4192, K::text},         // regcollation
    {4451, 6150, K::text},         // int4multirange
    {4532, 6151, K::text},         // nummultirange
    {4533, 6152, K::text},         // tsmultirange
    {4534, 6153, K::text},         // tstzmultirange
    {4535, 6155, K::text},         // datemultirange
    {4536, 6157, K::text},         // int8multirange
    {4600, 0, K::text},            // pg_brin_bloom_summary
    {4601, 0, K::text},            // pg_brin_minmax_multi_summary
    {5017, 0, K::text},            // pg_mcv_list
    {5038, 5039, K::text},         // pg_snapshot
    {5069, 271, K::text},          // xid8
});

constexpr Oid kBox = 603;
constexpr Oid kLimit = 8192;

constexpr std::array<ColumnType, kLimit> make_table() {
  std::array<ColumnType, kLimit> table{};
  for (const BuiltIn& type : kBuiltIns) {
    table[type.oid] = {.kind = type.kind};
    if (type.array == 0) continue;
    table[type.array] = {.kind = type.kind,
                         .is_array = true,
                         .delimiter = type.oid == kBox ? ';' : ','};
  }
  return table;
}

constexpr std::array<ColumnType, kLimit> kTable = make_table();

}  // namespace

ColumnType column_type(Oid oid) {
  return oid < kLimit ? kTable[oid] : ColumnType{};
}

}  // namespace trestle::encode
