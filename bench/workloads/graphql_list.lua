-- GraphQL: list (bench/graphql/graphql.lua).
package.path = "bench/graphql/?.lua;" .. package.path
require("graphql")("list")
