#include "http/answer_cache.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "http/config.h"
#include "http/slab_table.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMemory = 8 * 1024 * 1024;
constexpr std::size_t kLeastMemory = 256 * 1024;
// One answer's part of the zone, and its bytes, at most.
constexpr std::size_t kShare = 8;
constexpr std::size_t kMostBytes = 1024 * 1024;

// --- an answer as the value of an entry --------------------------------------

// Behind it lie marks, head and body.
struct Shape {
  std::uint32_t marks;
  std::uint32_t head;
};
static_assert(sizeof(Shape) % alignof(live::SeenMark) == 0);

template <class T>
std::string_view bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

struct KeptAnswer {
  explicit KeptAnswer(std::string_view value) {
    const auto* shape = reinterpret_cast<const Shape*>(value.data());
    seen = {reinterpret_cast<const live::SeenMark*>(shape + 1), shape->marks};
    value.remove_prefix(sizeof(Shape) + seen.size_bytes());
    head = value.substr(0, shape->head);
    body = value.substr(shape->head);
  }

  std::span<const live::SeenMark> seen;
  std::string_view head;
  std::string_view body;
};

void append_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof bytes).append(text);
}

std::string_view take_text(std::string_view& from) {
  std::uint32_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  const std::string_view text = from.substr(sizeof size, size);
  from.remove_prefix(sizeof size + size);
  return text;
}

std::string head_bytes(const ResponseHead& head) {
  std::string out;
  append_text(out, head.content_type);
  for (const Header& header : head.headers) {
    append_text(out, header.name);
    append_text(out, header.value);
  }
  return out;
}

ResponseHead head_of(std::string_view bytes) {
  ResponseHead head;
  head.content_type = take_text(bytes);
  while (!bytes.empty()) {
    Header& header = head.headers.emplace_back();
    header.name = take_text(bytes);
    header.value = take_text(bytes);
  }
  return head;
}

}  // namespace

AnswerCache::Found AnswerCache::answer(std::string_view key,
                                       const live::ChangeMarks& marks,
                                       ResponseSink& response) {
  const SlabKey slab_key(key);
  std::size_t size = 0;
  Found found = copy_answer(slab_key, marks, size);
  while (found == Found::answer && size > copy_.size()) {
    copy_.resize(size);
    found = copy_answer(slab_key, marks, size);
  }
  if (found != Found::answer) return found;
  const KeptAnswer kept(std::string_view(copy_).substr(0, size));
  ResponseHead head = head_of(kept.head);
  head.content_length = kept.body.size();
  response.head(std::move(head));
  static_cast<void>(response.body(kept.body));
  response.end();
  return Found::answer;
}

AnswerCache::Found AnswerCache::copy_answer(const SlabKey& key,
                                            const live::ChangeMarks& marks,
                                            std::size_t& size) {
  SlabTable table(zone_);
  const SlabTable::Value value = table.find(key);
  if (value.data() == nullptr) return Found::none;
  if (!marks.same(KeptAnswer(value).seen)) {
    table.remove(key);
    return Found::outdated;
  }
  size = value.size();
  if (size <= copy_.size()) std::ranges::copy(value, copy_.begin());
  return Found::answer;
}

void AnswerCache::put(std::string_view key,
                      std::span<const live::SeenMark> marks,
                      const ResponseHead& head, std::string_view body) {
  const SlabKey slab_key(key);
  const std::string head_text = head_bytes(head);
  const Shape shape{.marks = static_cast<std::uint32_t>(marks.size()),
                    .head = static_cast<std::uint32_t>(head_text.size())};
  SlabTable(zone_).put(slab_key, {bytes_of(std::span(&shape, 1)),
                                  bytes_of(marks), head_text, body});
}

std::size_t AnswerCache::max_body() const {
  return std::min(zone_->shm.size / kShare, kMostBytes);
}

char* set_cache_zone(ngx_conf_t* cf, MainConf& conf) {
  return set_least_size(cf, conf.cache_memory, kLeastMemory, "256k");
}

bool add_cache_zone(ngx_conf_t* cf) {
  MainConf& conf = *main_conf(cf);
  if (conf.cache_zone != nullptr) return true;
  const std::size_t size =
      conf.cache_memory == NGX_CONF_UNSET_SIZE ? kMemory : conf.cache_memory;
  conf.cache_zone = SlabTable::add_zone(cf, "trestle_cache", size);
  if (conf.cache_zone == nullptr) return false;
  // Another configuration may answer the same request otherwise.
  unsigned char life[16] = {};
  if (RAND_bytes(life, sizeof life) != 1) return false;
  conf.cache_life.assign(reinterpret_cast<char*>(life), sizeof life);
  return true;
}

}  // namespace trestle::http
