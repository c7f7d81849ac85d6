// Health, data quality, asset records and losses as messages: for events, and for answers to the CLI. Pure; any thread.
#pragma once

#include "model/asset.hpp"
#include "model/data_quality.hpp"
#include "model/health.hpp"
#include "model/loss.hpp"
#include "wayside/v1/asset.pb.h"
#include "wayside/v1/health.pb.h"
#include "wayside/v1/loss.pb.h"
#include "wayside/v1/quality.pb.h"

namespace wayside::wire {

void fill_data_quality(v1::DataQuality& out, const model::DataQuality& quality);
void fill_health(v1::Health& out, const model::Health& health);
void fill_asset(v1::AssetRecord& out, const model::AssetRecord& record);
void fill_asset_report(v1::AssetReport& out, const model::AssetReport& report);
void fill_loss(v1::Loss& out, const model::Loss& loss);

}  // namespace wayside::wire
