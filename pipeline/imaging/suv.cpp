// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/suv.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/dicom_time.h"
#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

constexpr double weight_kg_max = 700;        // nobody was ever heavier: a weight in grams or pounds times ten
constexpr double dose_bq_min = 1e4;          // less is a dose in megabecquerel
constexpr double half_lives_max = 10;        // a thousandth is left: the times are of different days
constexpr double dateless_half_life_s = 43'200;  // with more, images are made on later days too
constexpr std::int64_t day_ms = 86'400'000, minute_ms = 60'000;

using Ms = std::optional<std::int64_t>;  // since 1970, in the zone of the data set

Ms instant(std::string_view date, std::string_view time) {
  const auto day = parse_da(date);
  const auto since_midnight = parse_tm_ms(time);
  if (!day || !since_midnight) return std::nullopt;
  return days_since_1970(*day) * day_ms + *since_midnight;
}

Ms instant(DcmItem& set, const DcmTagKey& date, const DcmTagKey& time) {
  return instant(text_of(set, date), text_of(set, time));
}

std::optional<double> positive(DcmItem& item, const DcmTagKey& tag) {
  const auto number = number_of(item, tag);
  return number && *number > 0 ? number : std::nullopt;
}

SuvFactor unknown(std::string why_not) { return {std::nullopt, std::move(why_not)}; }

// The seconds after a frame's start at which its average count rate was reached.
double average_rate_s(double half_life_s, double duration_s) {
  const double l = std::log(2.0) / half_life_s, decay = l * duration_s;
  return std::log(decay / (1 - std::exp(-decay))) / l;
}

// What happened when. An error is a sentence.
struct Times {
  DcmItem& set;
  DcmItem& agent;  // item of the Radiopharmaceutical Information Sequence
  double half_life_s;
  std::string why_not;

  Ms frame_average() {
    const Ms acquired = instant(set, DCM_AcquisitionDate, DCM_AcquisitionTime);
    const auto duration_ms = positive(set, DCM_ActualFrameDuration);
    if (acquired && duration_ms) {
      return *acquired + static_cast<std::int64_t>(std::llround(average_rate_s(half_life_s, *duration_ms / 1000) * 1000));
    }
    why_not = "the frame's acquisition time or duration is missing";
    return std::nullopt;
  }

  Ms scan_start() {
    const Ms series = instant(set, DCM_SeriesDate, DCM_SeriesTime);
    const Ms acquired = instant(set, DCM_AcquisitionDate, DCM_AcquisitionTime);
    if (series && acquired && *series <= *acquired) return series;
    const Ms average = frame_average();
    const auto reference_ms = number_of(set, DCM_FrameReferenceTime);
    if (average && reference_ms) return *average - static_cast<std::int64_t>(std::llround(*reference_ms));
    why_not = "the start of the scan is not known (series time, acquisition time, frame reference time)";
    return std::nullopt;
  }

  // (0018,1078): YYYYMMDDHHMM[SS[.F]][&ZZXX]
  Ms dated_injection(const std::string& text) {
    const std::size_t zone_at = text.find_first_of("+-");
    const std::string clock = text.substr(0, zone_at);
    if (clock.size() < 12) return unclear("the injection's date and time cannot be read");
    const Ms local = instant(clock.substr(0, 8), clock.substr(8));
    if (!local) return unclear("the injection's date and time cannot be read");
    if (zone_at == std::string::npos) return local;
    const auto zone = parse_zone_minutes(text.substr(zone_at));
    const auto others = parse_zone_minutes(text_of(set, DCM_TimezoneOffsetFromUTC));
    if (zone && others) return *local - (*zone - *others) * minute_ms;
    const auto time = parse_tm_ms(text_of(agent, DCM_RadiopharmaceuticalStartTime));
    if (time && parse_tm_ms(clock.substr(8)) == time) return local;  // said again in the zone of all other times
    return unclear("the injection has a time zone and the scan has none");
  }

  Ms injection(std::int64_t scan) {
    const std::string dated = text_of(agent, DCM_RadiopharmaceuticalStartDateTime);
    if (!dated.empty()) return dated_injection(dated);
    const auto time = parse_tm_ms(text_of(agent, DCM_RadiopharmaceuticalStartTime));
    if (!time) return unclear("the time of the injection is missing");
    if (half_life_s > dateless_half_life_s) return unclear("the day of the injection is missing");
    const std::int64_t same_day = scan - scan % day_ms + *time;
    return same_day <= scan ? same_day : same_day - day_ms;
  }

  Ms unclear(std::string why) {
    why_not = std::move(why);
    return std::nullopt;
  }
};

// Becquerel at the instant to which the image's activity is corrected.
SuvFactor dose_at_image(DcmItem& set, DcmItem& agent) {
  const auto dose = positive(agent, DCM_RadionuclideTotalDose);
  if (!dose || *dose < dose_bq_min) return unknown("the injected dose is missing or is not in becquerel");
  const std::string correction = text_of(set, DCM_DecayCorrection);
  if (correction == "ADMIN") return {dose, ""};
  if (correction != "START" && correction != "NONE") return unknown("the decay correction is not named");
  const auto half_life_s = positive(agent, DCM_RadionuclideHalfLife);
  if (!half_life_s) return unknown("the radionuclide's half life is missing");
  Times times{set, agent, *half_life_s, ""};
  const Ms at = correction == "START" ? times.scan_start() : times.frame_average();
  const Ms injected = at ? times.injection(*at) : std::nullopt;
  if (!injected) return unknown(times.why_not);
  const double decay_s = static_cast<double>(*at - *injected) / 1000;
  if (decay_s < 0) return unknown("the injection is later than the scan");
  if (decay_s > half_lives_max * *half_life_s) return unknown("the injection lies too long before the scan");
  return {*dose * std::exp2(-decay_s / *half_life_s), ""};
}

// Grams of body weight for each becquerel.
SuvFactor weight_by_dose(DcmItem& set) {
  const auto corrected = texts_of(set, DCM_CorrectedImage);
  const auto has = [&](std::string_view word) { return std::find(corrected.begin(), corrected.end(), word) != corrected.end(); };
  const bool decay_corrected = has("DECY") || has("DECAY");
  if (!has("ATTN")) return unknown("the image is not corrected for attenuation");
  if (decay_corrected == (text_of(set, DCM_DecayCorrection) == "NONE")) {
    return unknown("Corrected Image and Decay Correction contradict each other");
  }
  const auto weight_kg = positive(set, DCM_PatientWeight);
  if (!weight_kg || *weight_kg > weight_kg_max) return unknown("the patient's weight is missing or impossible");
  DcmSequenceOfItems* agents = nullptr;
  set.findAndGetSequence(DCM_RadiopharmaceuticalInformationSequence, agents);
  if (agents == nullptr || agents->card() != 1) return unknown("there is not exactly one radiopharmaceutical");
  SuvFactor dose = dose_at_image(set, *agents->getItem(0));
  if (dose.factor) dose.factor = *weight_kg * 1000 / *dose.factor;
  return dose;
}

// An element of Philips' block, whose VR a reader without the private dictionary does not know.
std::optional<double> philips_number(DcmItem& set, Uint16 element) {
  for (Uint16 block = 0x10; block <= 0xFF; ++block) {
    if (text_of(set, DcmTagKey(0x7053, block)) != "Philips PET Private Group") continue;
    const DcmTagKey tag(0x7053, static_cast<Uint16>(block * 0x100 + element));
    DcmElement* found = nullptr;
    Uint8* bytes = nullptr;
    if (set.findAndGetElement(tag, found).bad() || found == nullptr) return std::nullopt;
    if (found->ident() != EVR_UN || found->getUint8Array(bytes).bad() || bytes == nullptr) return positive(set, tag);
    const std::string text(reinterpret_cast<const char*>(bytes), std::min<std::size_t>(found->getLength(), 16));
    const auto number = parse_number(trimmed(text.substr(0, text.find('\0'))));
    return number && *number > 0 ? number : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

SuvFactor read_suv(DcmItem& set, const std::string& real_world_unit) {
  if (real_world_unit == "{SUVbw}g/ml") return {1, ""};
  const std::string units = text_of(set, DCM_Units), type = text_of(set, DCM_SUVType);
  if (units == "GML") return type.empty() || type == "BW" ? SuvFactor{1, ""} : unknown("the SUV is not by body weight");
  if (units == "BQML") return weight_by_dose(set);
  if (units == "CNTS") {
    if (const auto suv = philips_number(set, 0x00)) return {suv, ""};
    const auto activity = philips_number(set, 0x09);
    SuvFactor factor = activity ? weight_by_dose(set) : unknown("the unit is counts");
    if (factor.factor) *factor.factor *= *activity;
    return factor;
  }
  return unknown("the unit is not becquerel per millilitre");
}

}  // namespace radfm::imaging
