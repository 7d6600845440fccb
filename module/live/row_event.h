// A change of rows as subscribers are told it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "live/record.h"
#include "live/session.h"

namespace trestle::live {

struct RowEvent {
  // As the subscriber sees it: a row that an update moved into the filter or
  // into sight is an insert, one that it moved out is a delete.
  enum class Op { insert, update, erase, truncate };

  Op op = Op::insert;
  std::string row;  // JSON; empty for delete and truncate
  std::string key;  // JSON object; empty for insert and truncate
  // Where a subscriber who has heard of this, too, may go on.
  EventId id;
  // Told again after an absence: it may be known.
  bool again = false;
};

// "insert", "update", "delete", "truncate".
[[nodiscard]] std::string_view op_name(RowEvent::Op op);

// One event for many subscribers of the plain dialect:
//   {"ch":"orders","op":"update","new":{..},"old":{"id":7},"id":"1f-120","ref":1}
// Its frames are shared by all whose ref is the same.
class RowMessage {
 public:
  // Both outlive it.
  RowMessage(std::string_view table, const RowEvent& event)
      : table_(table), event_(event), id_(event.id.text()) {}

  [[nodiscard]] const RowEvent& event() const { return event_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  // `ref` is JSON; empty: none.
  [[nodiscard]] OutMessage& plain(std::string_view ref);

 private:
  struct Made {
    std::string ref;
    std::string text;
    OutMessage message;
    Made(std::string ref_json, std::string json)
        : ref(std::move(ref_json)),
          text(std::move(json)),
          message(MessageKind::text, text) {}
  };

  std::string_view table_;
  const RowEvent& event_;
  std::string id_;
  std::vector<std::unique_ptr<Made>> made_;
};

// {"ch":"orders","rows":[..],"id":"1f-120","ref":1}; `rows` is a JSON array.
[[nodiscard]] std::string rows_text(std::string_view table,
                                    std::string_view rows, std::string_view id,
                                    std::string_view ref);

}  // namespace trestle::live
