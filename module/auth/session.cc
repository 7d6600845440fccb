#include "auth/session.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>

#include "auth/errors.h"
#include "auth/openssl.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kIdBytes + kNonceBytes;
constexpr std::size_t kMinKeyBytes = 32;

using KdfPtr = std::unique_ptr<EVP_KDF, OpensslFree<EVP_KDF_free>>;
using KdfContextPtr =
    std::unique_ptr<EVP_KDF_CTX, OpensslFree<EVP_KDF_CTX_free>>;

// HKDF-SHA256 (RFC 5869) of one line of the key file. Empty on failure.
std::string derive(std::string_view line, std::size_t size) {
  std::string material(line);
  std::string info = "trestle sealing key, version 1";
  std::string digest = "SHA256";
  KdfPtr kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  KdfContextPtr context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  std::array<OSSL_PARAM, 4> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(),
                                       digest.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, material.data(),
                                        material.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(),
                                        info.size()),
      OSSL_PARAM_construct_end()};
  std::string out(size, '\0');
  if (!context || EVP_KDF_derive(context.get(), bytes_of(out), out.size(),
                                 params.data()) != 1)
    return {};
  return out;
}

bool add_associated(EVP_CIPHER_CTX* context, std::string_view head,
                    std::string_view purpose) {
  int size = 0;
  return EVP_CipherUpdate(context, nullptr, &size, bytes_of(head),
                          static_cast<int>(head.size())) == 1 &&
         (purpose.empty() ||
          EVP_CipherUpdate(context, nullptr, &size, bytes_of(purpose),
                           static_cast<int>(purpose.size())) == 1);
}

// AES-256-GCM over head (as associated data, with the purpose) and text.
CipherContextPtr start_cipher(std::string_view secret, std::string_view head,
                              std::string_view purpose, int encrypt) {
  CipherContextPtr context(EVP_CIPHER_CTX_new());
  std::string_view nonce = head.substr(head.size() - kNonceBytes);
  if (!context ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                        bytes_of(secret), bytes_of(nonce), encrypt) != 1 ||
      !add_associated(context.get(), head, purpose))
    return nullptr;
  return context;
}

// Appends what the cipher makes of `text`; false on failure, which for opening
// means a wrong tag.
bool run_cipher(EVP_CIPHER_CTX* context, std::string_view text,
                std::string& out) {
  std::size_t start = out.size();
  out.resize(start + text.size());
  int written = 0;
  int rest = 0;
  if (!text.empty() &&
      EVP_CipherUpdate(context, bytes_of(out) + start, &written, bytes_of(text),
                       static_cast<int>(text.size())) != 1)
    return false;
  return EVP_CipherFinal_ex(context, bytes_of(out) + start + written, &rest) ==
         1;
}

void append_time(std::string& out, std::int64_t time) {
  auto bits = static_cast<std::uint64_t>(time);
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((bits >> shift) & 0xff));
}

std::int64_t read_time(std::string_view bytes) {
  std::uint64_t bits = 0;
  for (char byte : bytes.substr(0, 8))
    bits = bits << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(bits);
}

}  // namespace

Result<SealingKeys> SealingKeys::parse(std::string_view content) {
  SealingKeys keys;
  std::size_t number = 0;
  for (std::string_view line : split(content, '\n')) {
    number++;
    line = trim(line);
    if (line.empty() || line.front() == '#') continue;
    if (line.size() < kMinKeyBytes)
      return errors::configuration(concat(
          {"the session key in line ", std::to_string(number), " has ",
           std::to_string(line.size()),
           " bytes, at least 32 are needed: \"openssl rand -base64 32\" makes "
           "one"}));
    std::string derived = derive(line, kSecretBytes + kIdBytes);
    if (derived.empty())
      return errors::configuration("the session key cannot be derived");
    keys.keys_.push_back({.id = derived.substr(kSecretBytes),
                          .secret = derived.substr(0, kSecretBytes)});
  }
  if (keys.empty())
    return errors::configuration(
        "the session key file holds no key: write one a line, as \"openssl "
        "rand -base64 32\" prints it");
  return keys;
}

std::optional<std::string> SealingKeys::seal(std::string_view purpose,
                                             std::string_view text) const {
  if (keys_.empty()) return std::nullopt;
  const Key& key = keys_.front();
  std::string sealed = concat({std::string_view(&kVersion, 1), key.id});
  sealed.resize(kHeadBytes);
  if (RAND_bytes(bytes_of(sealed) + 1 + kIdBytes, kNonceBytes) != 1)
    return std::nullopt;
  CipherContextPtr cipher = start_cipher(key.secret, sealed, purpose, 1);
  if (!cipher || !run_cipher(cipher.get(), text, sealed)) return std::nullopt;
  std::string tag(kTagBytes, '\0');
  if (EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          tag.data()) != 1)
    return std::nullopt;
  return base64url_encode(sealed.append(tag));
}

std::optional<std::string> SealingKeys::open(std::string_view purpose,
                                             std::string_view sealed) const {
  std::optional<std::string> bytes = base64url_decode(sealed);
  if (!bytes || bytes->size() < kHeadBytes + kTagBytes ||
      bytes->front() != kVersion)
    return std::nullopt;
  std::string_view all = *bytes;
  std::string_view head = all.substr(0, kHeadBytes);
  std::string tag(all.substr(all.size() - kTagBytes));
  std::string_view text =
      all.substr(kHeadBytes, all.size() - kHeadBytes - kTagBytes);
  for (const Key& key : keys_) {
    if (head.substr(1, kIdBytes) != key.id) continue;
    CipherContextPtr cipher = start_cipher(key.secret, head, purpose, 0);
    std::string opened;
    if (cipher &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                            tag.data()) == 1 &&
        run_cipher(cipher.get(), text, opened))
      return opened;
  }
  return std::nullopt;
}

std::optional<std::string> seal_session(const SealingKeys& keys,
                                        std::string_view purpose,
                                        const Session& session) {
  std::string text;
  append_time(text, session.issued);
  append_time(text, session.expires);
  text.append(session.claims);
  return keys.seal(purpose, text);
}

std::optional<Session> open_session(const SealingKeys& keys,
                                    std::string_view purpose,
                                    std::string_view sealed) {
  std::optional<std::string> text = keys.open(purpose, sealed);
  if (!text || text->size() < 16) return std::nullopt;
  return Session{.claims = text->substr(16),
                 .issued = read_time(*text),
                 .expires = read_time(std::string_view(*text).substr(8))};
}

std::string set_cookie(std::string_view name, std::string_view value,
                       std::int64_t max_age_s, bool secure) {
  return concat({name, "=", value, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=",
                 std::to_string(max_age_s), secure ? "; Secure" : ""});
}

std::optional<std::string_view> find_cookie(std::string_view header,
                                            std::string_view name) {
  while (!header.empty()) {
    std::size_t end = header.find(';');
    std::string_view pair = trim(header.substr(0, end));
    std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      return pair.substr(equals + 1);
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace trestle::auth
