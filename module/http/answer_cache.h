// Answers that are kept until what they were read from changes, in a zone of
// shared memory of all workers (trestle_cache). The least recently used goes
// when there is no room. How it stays exact:
//
//  (1) An answer is found only under everything that it was made of: see
//      frontend/answer_key.h, and beside it the location of one configuration
//      and what the schema was. Keys are compared whole, not by their hash.
//  (2) It holds the marks (live/change_marks.h) of all tables that its
//      statements can read, and counts only while these are as they were. The
//      process that reads the change feed changes a mark before it says to have
//      passed the change; so in every worker, what is given is at least as new
//      as the feed's position.
//  (3) It is put in only when its snapshot has seen all that was told of these
//      tables by then: the statement in front of its own asks for the oldest
//      transaction that was still open (pg_snapshot_xmin). A commit is told
//      before it is visible, and a snapshot in between would be kept for good.
//      On a standby the same holds: what it has not replayed is open there. A
//      transaction of the feed's own stands for all before its beginning, and
//      the end of the catalog's snapshot for what that was planned by. A
//      standby that is not so far is not asked at all (CacheVisit::after).
//  (4) What this nginx has written itself is seen by whoever asks behind it:
//      until the feed has passed the last write's commit, nothing is given
//      (FeedState::written, pg/positioned_run.h).
//  (5) Without a healthy feed nothing is given or kept: not running, not heard
//      of for some seconds, polling; behind a gap everything is read anew.
//      The same while a worker's catalog is older than a change of the schema
//      that the feed has told of (sql/reload_on_ddl.sql). Without that file,
//      a new schema counts as soon as the worker has noticed it.
//  (6) What may depend on anything else has no tables to tell of it, and is
//      never kept: catalog/table_reads.h.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "http/nginx.h"
#include "http/slab_table.h"
#include "live/change_marks.h"

namespace trestle::http {

struct MainConf;

// One for each worker.
class AnswerCache {
 public:
  enum class Found { none, outdated, answer };

  // The zone outlives it; null: nothing is kept, and nobody may ask.
  explicit AnswerCache(ngx_shm_zone_t* zone) : zone_(zone) {}

  // Gives the answer under that key to `response`. outdated: its marks have
  // changed, and it is gone. The zone is locked while the answer is copied to
  // memory of the worker, which is got before: 5 us for 64 kB, 0.1 ms for the
  // largest. What follows may open a file (http/spill_file).
  [[nodiscard]] Found answer(std::string_view key,
                             const live::ChangeMarks& marks,
                             ResponseSink& response);

  // Keeps it, if there is room; the status is 200.
  void put(std::string_view key, std::span<const live::SeenMark> marks,
           const ResponseHead& head, std::string_view body);

  // Bytes of the largest body that is kept.
  [[nodiscard]] std::size_t max_body() const;

 private:
  // Under the lock; `size` is that of the whole, which is copied if there is
  // room for it.
  [[nodiscard]] Found copy_answer(const SlabKey& key,
                                  const live::ChangeMarks& marks,
                                  std::size_t& size);

  ngx_shm_zone_t* zone_;
  std::string copy_;  // as large as the largest so far
};

// trestle_cache_zone size;
[[nodiscard]] char* set_cache_zone(ngx_conf_t* cf, MainConf& conf);

// Adds the zone to the configuration, once. False: it cannot be (logged).
[[nodiscard]] bool add_cache_zone(ngx_conf_t* cf);

}  // namespace trestle::http
