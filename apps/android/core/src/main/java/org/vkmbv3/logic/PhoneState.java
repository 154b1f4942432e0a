package org.vkmbv3.logic;

/** Holds what a phone says of itself. */
public final class PhoneState {
    /** PowerManager's thermal status: 0 none, 1 light, 2 moderate, 3 severe, … 6 shutdown. 0 before Android 10. */
    public final int thermalStatus;
    /** NaN where the phone does not say. */
    public final double batteryCelsius;
    public final int batteryPercent;
    public final boolean charging;
    public final boolean savingPower;
    /** A person can see the app. */
    public final boolean visible;

    public PhoneState(int thermalStatus, double batteryCelsius, int batteryPercent, boolean charging,
            boolean savingPower, boolean visible) {
        this.thermalStatus = thermalStatus;
        this.batteryCelsius = batteryCelsius;
        this.batteryPercent = batteryPercent;
        this.charging = charging;
        this.savingPower = savingPower;
        this.visible = visible;
    }

    public PhoneState visible(boolean now) {
        return new PhoneState(thermalStatus, batteryCelsius, batteryPercent, charging, savingPower, now);
    }
}
