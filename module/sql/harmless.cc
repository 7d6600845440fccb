#include "sql/harmless.h"

#include "base/text.h"

namespace trestle {

namespace {

// Words between blanks, one before the first and one behind the last.
constexpr std::string_view kFunctions =
    " abs acos age array_agg array_append array_cat array_length array_lower"
    " array_ndims array_position array_positions array_prepend array_remove"
    " array_replace array_to_json array_to_string array_upper ascii asin"
    " atan atan2 avg bit_and bit_length bit_or bool_and bool_or btrim"
    " cardinality cbrt ceil ceiling char_length character_length chr"
    " clock_timestamp concat concat_ws cos count cume_dist current_database"
    " current_setting date_bin date_part date_trunc decode degrees"
    " dense_rank div encode every exp extract factorial first_value floor"
    " format gcd gen_random_uuid generate_series generate_subscripts get_bit"
    " get_byte greatest initcap isfinite json_agg json_array_elements"
    " json_array_elements_text json_array_length json_build_array"
    " json_build_object json_each json_each_text json_extract_path"
    " json_extract_path_text json_object json_object_agg json_object_keys"
    " json_populate_record json_populate_recordset json_strip_nulls"
    " json_to_record json_to_recordset json_typeof jsonb_agg "
    "jsonb_array_elements"
    " jsonb_array_elements_text jsonb_array_length jsonb_build_array"
    " jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path"
    " jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg"
    " jsonb_object_keys jsonb_populate_record jsonb_populate_recordset"
    " jsonb_pretty jsonb_set jsonb_strip_nulls"
    " jsonb_to_record jsonb_to_recordset jsonb_typeof justify_days "
    "justify_hours justify_interval lag"
    " last_value lcm lead left length like ln log log10 lower lpad ltrim"
    " make_date make_interval make_time make_timestamp make_timestamptz max"
    " md5 min mod mode notlike now nth_value ntile nullif octet_length"
    " overlaps overlay percent_rank percentile_cont percentile_disc"
    " pg_typeof pi position power quote_ident quote_literal quote_nullable"
    " radians random rank regexp_count regexp_instr regexp_like regexp_match"
    " regexp_matches regexp_replace regexp_split_to_array"
    " regexp_split_to_table regexp_substr repeat replace reverse right round"
    " row_number row_to_json rpad rtrim scale sha224 sha256 sha384 sha512 sign"
    " similar_to_escape sin split_part sqrt starts_with statement_timestamp"
    " stddev stddev_pop stddev_samp string_agg string_to_array"
    " string_to_table strpos substr substring sum tan timezone to_char"
    " to_date to_hex to_json to_jsonb to_number to_timestamp to_tsquery "
    "to_tsvector"
    " transaction_timestamp translate trim_array trim_scale trunc"
    " ts_headline ts_rank ts_rank_cd unnest upper var_pop var_samp variance"
    " version websearch_to_tsquery width_bucket ";

constexpr std::string_view kFindNames =
    " pg_typeof to_tsquery to_tsvector ts_headline websearch_to_tsquery ";

constexpr std::string_view kUnsteady =
    " age clock_timestamp gen_random_uuid now random statement_timestamp"
    " transaction_timestamp ";

constexpr std::string_view kTypes =
    " bit bool box bpchar bytea char cidr circle date daterange float4"
    " float8 inet int2 int4 int4range int8 int8range interval json jsonb"
    " jsonpath line lseg macaddr macaddr8 money name numeric numrange oid"
    " path point polygon text time timestamp timestamptz timetz tsquery"
    " tsrange tstzrange tsvector uuid varbit varchar xid xml ";

constexpr std::string_view kOperators =
    " !~ !~* !~~ !~~* # ## #- #> #>> % & && &< &> * + - -> ->> -|- / < <->"
    " << <<= <= <> <@ = > >= >> >>= ? ?& ?| @ @> @? @@ ^ ^@ | |/ || ||/ ~ ~*"
    " ~~ ~~* ";

bool in_catalog(std::string_view schema) {
  return schema.empty() || schema == "pg_catalog";
}

}  // namespace

bool harmless_function(std::string_view schema, std::string_view name) {
  return in_catalog(schema) && is_word_of(kFunctions, name);
}

bool finds_names(std::string_view function) {
  return is_word_of(kFindNames, function);
}

bool unsteady_function(std::string_view name) {
  return is_word_of(kUnsteady, name);
}

bool harmless_type(std::string_view schema, std::string_view name) {
  return in_catalog(schema) && is_word_of(kTypes, name);
}

bool harmless_operator(std::string_view schema, std::string_view name) {
  return in_catalog(schema) && is_word_of(kOperators, name);
}

}  // namespace trestle
