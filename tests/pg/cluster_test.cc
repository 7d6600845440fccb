#include <gtest/gtest.h>

#include "support/postgres_cluster.h"

namespace trestle::testing {
namespace {

TEST(PostgresCluster, StartsStopsAndStartsAgain) {
  PostgresCluster cluster;
  cluster.query("create table t as select 7 as n");
  cluster.stop();
  cluster.start();
  EXPECT_EQ(cluster.query("select n from t"), "7");
}

}  // namespace
}  // namespace trestle::testing
