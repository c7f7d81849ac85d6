// Orders of the platform: read, checked, carried out, answered and entered into the audit trail. The broker's word is
// not enough: the gateway's own configuration says what may be asked, and of what a signature is needed. Home: core.
//
// The way of an order: its rate -> its form -> is it for this gateway -> may this kind be asked -> signature -> its
// time -> was it carried out before -> done by whoever does the same for a technician -> answer.
// A write is journalled, measured and told as an event by the Commander, as any other command is.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/scheduler.hpp"
#include "model/order.hpp"
#include "pipeline/answers.hpp"
#include "pipeline/audit_trail.hpp"
#include "pipeline/commander.hpp"
#include "pipeline/history_order.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/time_keeper.hpp"
#include "wire/answer.hpp"
#include "wire/order.hpp"
#include "wire/topics.hpp"

namespace wayside::pipeline {

struct DownlinkRules {
  using ByKind = std::array<bool, model::kOrderKinds.size()>;
  ByKind allowed{};
  ByKind needs_signature{};
  bool sensitive = false;            // queries may read sensitive points
  std::vector<std::string> answers;  // response topics begin with one of these
};

struct DownlinkCounters {
  std::uint64_t received = 0;
  std::uint64_t done = 0;
  std::uint64_t refused = 0;    // not allowed, not signed, not possible
  std::uint64_t malformed = 0;  // and unknown
  std::uint64_t other = 0;      // expired, not done
  std::uint64_t again = 0;      // carried out before: answered with what came of it
  std::uint64_t dropped = 0;    // too many in a short time: not even answered
};

class Downlink {
 public:
  static constexpr int kMostAtOnce = 60;  // orders, then kPerSecond
  static constexpr int kPerSecond = 20;
  static constexpr std::chrono::minutes kLongestSigned{10};  // from issued to expired
  static constexpr std::chrono::minutes kAhead{1};           // that a platform's clock may be

  // Whether `signature` is the named key's over `message`. Errors (a sentence): no such key, not its signature.
  using Verify =
      std::function<base::Result<void>(const std::string& key, base::ByteView message, base::ByteView signature)>;
  // Takes a configuration; answers once, on core. Errors: it cannot be taken now.
  using TakeAnswer = base::UniqueFunction<void(base::Result<wire::ConfigTaken>)>;
  using Take = std::function<void(model::ConfigOrder, model::Asker, TakeAnswer)>;
  struct Parts {
    model::GatewayId gateway;
    wire::Topics topics;
    DownlinkRules rules;
    Verify verify;
    Commander& commander;
    Judge& judge;
    const AuditTrail& audit;
    Answers& answers;
    const model::PointTable& points;
    const TimeKeeper& time;
    const base::Clock& clock;
    base::Scheduler& core;
    std::function<std::vector<model::AlarmRecord>()> alarms;
    base::log::Level usual_level = base::log::Level::info;
    Take take = {};                  // may be empty: configurations are not taken
    Historian* historian = nullptr;  // null: no history can be asked for
  };
  explicit Downlink(Parts parts);
  ~Downlink();

  void received(const ports::MqttMessage& message);
  [[nodiscard]] const DownlinkCounters& counters() const { return counters_; }

 private:
  // Whom the answer goes to.
  struct Asked {
    std::string id;
    std::string response_topic;
    base::Bytes correlation;
  };
  struct Refusal {
    model::AnswerOutcome outcome = model::AnswerOutcome::refused;
    std::string reason;
  };
  struct Checked {
    model::Order order;
    model::Asker by;
    std::chrono::microseconds lives{};  // from now on
  };

  [[nodiscard]] bool may_come(base::BootTime now);
  [[nodiscard]] std::optional<Refusal> check(const ports::MqttMessage& message, Checked& out);
  [[nodiscard]] std::optional<Refusal> check_signature(const wire::SignedOrder& opened, Checked& out);
  [[nodiscard]] std::optional<Refusal> check_time(const ports::MqttMessage& message, bool is_signed, Checked& out);
  void carry_out(const model::WriteOrder& write, const Checked& checked, const Asked& asked);
  void carry_out(const model::AlarmOrder& alarm, const Checked& checked, const Asked& asked);
  void carry_out(const model::LogLevelOrder& level, const Checked& checked, const Asked& asked);
  void carry_out(const model::ConfigOrder& config, const Checked& checked, const Asked& asked);
  void carry_out(const model::PointsQuery& query, const Checked& checked, const Asked& asked);
  void carry_out(const model::AlarmsQuery& query, const Checked& checked, const Asked& asked);
  void carry_out(const model::HistoryQuery& query, const Checked& checked, const Asked& asked);
  void refuse(const Checked& checked, const Asked& asked, const Refusal& refusal);
  void answer(const Asked& asked, wire::Answer answer, model::DataClass data_class = model::DataClass::internal,
              Answers::Done done = {});
  void count(model::AnswerOutcome outcome);

  Parts parts_;
  std::optional<HistoryOrders> history_;
  double tokens_ = kMostAtOnce;
  base::BootTime filled_{};
  base::TimerId level_timer_ = base::TimerId::none;
  DownlinkCounters counters_;
};

}  // namespace wayside::pipeline
