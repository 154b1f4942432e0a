package org.vkmbv3.app;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import android.widget.Toast;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.vkmbv3.logic.TeachFlow;

/** Saves the taught network where a person wants it: first as a file of the app's own, then into what they have chosen. */
final class Exporter {
    static final int REQUEST = 2;
    private static final int BUFFER_BYTES = 1 << 16;

    private final Activity activity;
    private final TeachFlow flow;

    Exporter(Activity activity, TeachFlow flow) {
        this.activity = activity;
        this.flow = flow;
    }

    void ask() {
        String[] endings = activity.getResources().getStringArray(R.array.export_endings);
        new AlertDialog.Builder(activity)
                .setTitle(R.string.export)
                .setItems(endings, (dialog, which) -> choosePlace("taught" + endings[which]))
                .show();
    }

    /** Takes the place that was chosen. The ending is in its name, or in the name that was proposed. */
    void placeIs(Uri place, String proposed) {
        File file = new File(activity.getCacheDir(), proposed);
        Handler drawing = new Handler(Looper.getMainLooper());
        flow.export(file, (written, problem) -> {
            String failed = problem.isEmpty() ? copy(written, place) : problem;
            drawing.post(() -> Toast.makeText(activity, failed.isEmpty()
                            ? activity.getString(R.string.exported)
                            : activity.getString(R.string.export_failed, failed), Toast.LENGTH_LONG).show());
        });
    }

    private void choosePlace(String name) {
        Intent intent = new Intent(Intent.ACTION_CREATE_DOCUMENT);
        intent.addCategory(Intent.CATEGORY_OPENABLE);
        intent.setType("application/octet-stream");
        intent.putExtra(Intent.EXTRA_TITLE, name);
        activity.getPreferences(Activity.MODE_PRIVATE).edit().putString(Intent.EXTRA_TITLE, name).apply();
        activity.startActivityForResult(intent, REQUEST);
    }

    /** Returns the name that was proposed last, also by a process before this one. */
    String proposed() {
        return activity.getPreferences(Activity.MODE_PRIVATE).getString(Intent.EXTRA_TITLE, "taught.safetensors");
    }

    private String copy(File from, Uri place) {
        try (InputStream in = new FileInputStream(from);
                OutputStream out = activity.getContentResolver().openOutputStream(place)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
            return "";
        } catch (IOException error) {
            return String.valueOf(error.getMessage());
        } finally {
            if (!from.delete()) {
                from.deleteOnExit();
            }
        }
    }
}
