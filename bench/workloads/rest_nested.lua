-- REST: nested (bench/rest/rest.lua).
package.path = "bench/rest/?.lua;" .. package.path
require("rest")("nested")
