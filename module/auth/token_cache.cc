#include "auth/token_cache.h"

#include <iterator>
#include <utility>

namespace trestle::auth {

namespace {

// What an entry costs beside its text: nodes, the parsed document.
constexpr std::size_t kEntryOverhead = 512;

std::size_t cost_of(const Identity& identity) {
  std::size_t text = identity.claims ? identity.claims->json.size() : 0;
  return kEntryOverhead + 4 * text;
}

}  // namespace

TokenCache::TokenCache(std::size_t max_entries, std::size_t max_bytes)
    : max_entries_(max_entries),
      max_bytes_(max_bytes),
      sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
      context_(EVP_MD_CTX_new()) {}

std::optional<TokenCache::Digest> TokenCache::digest(std::string_view salt,
                                                     std::string_view token) {
  Digest digest;
  if (max_entries_ == 0 || !sha256_ || !context_ ||
      EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context_.get(), salt.data(), salt.size()) != 1 ||
      EVP_DigestUpdate(context_.get(), token.data(), token.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1)
    return std::nullopt;
  return digest;
}

const Identity* TokenCache::find(const Digest& digest, std::int64_t now) {
  auto found = index_.find(digest);
  if (found == index_.end()) return nullptr;
  Entry& entry = *found->second;
  if (now > entry.until) {
    erase(found->second);
    return nullptr;
  }
  if (now < entry.from) return nullptr;
  entry.used = true;
  return &entry.identity;
}

void TokenCache::insert(const Digest& digest, Identity identity,
                        std::int64_t from, std::int64_t until) {
  std::size_t bytes = cost_of(identity);
  if (max_entries_ == 0 || bytes > max_bytes_) return;
  if (auto found = index_.find(digest); found != index_.end())
    erase(found->second);
  while (entries_.size() >= max_entries_ || bytes_ + bytes > max_bytes_)
    evict_one();
  entries_.push_front(Entry{.digest = digest,
                            .identity = std::move(identity),
                            .from = from,
                            .until = until,
                            .bytes = bytes,
                            .used = false});
  bytes_ += bytes;
  index_.emplace(digest, entries_.begin());
}

void TokenCache::clear() {
  index_.clear();
  entries_.clear();
  hand_ = entries_.end();
  bytes_ = 0;
}

void TokenCache::erase(Entries::iterator entry) {
  if (entry == hand_)
    hand_ = entry == entries_.begin() ? entries_.end() : std::prev(entry);
  bytes_ -= entry->bytes;
  index_.erase(entry->digest);
  entries_.erase(entry);
}

// The hand goes from old (back) to new (front) and starts again at the back;
// end() stands for "at the back". The caller knows that there is an entry.
void TokenCache::evict_one() {
  for (;;) {
    if (hand_ == entries_.end()) hand_ = std::prev(entries_.end());
    if (!hand_->used) break;
    hand_->used = false;
    hand_ = hand_ == entries_.begin() ? entries_.end() : std::prev(hand_);
  }
  erase(hand_);
}

}  // namespace trestle::auth
