package org.vkmbv3.app;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.view.View;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.vkmbv3.engine.Prediction;

/** Draws the most probable classes as bars, a row each. */
public final class BarsView extends View {
    private static final int ROWS = 3;
    private static final float TEXT_SHARE = 0.7f;
    private static final int PERCENT = 100;

    private final Paint bar = new Paint(Paint.ANTI_ALIAS_FLAG);
    private final Paint text = new Paint(Paint.ANTI_ALIAS_FLAG);
    private List<Prediction> predictions = Collections.emptyList();

    public BarsView(Context context, AttributeSet attributes) {
        super(context, attributes);
        bar.setColor(context.getColor(R.color.bar));
        text.setColor(context.getColor(R.color.bar_text));
    }

    void show(List<Prediction> now) {
        predictions = now;
        if (!now.isEmpty()) {
            setContentDescription(label(now.get(0)));  // for those who hear the screen
        }
        invalidate();
    }

    @Override
    protected void onDraw(Canvas canvas) {
        super.onDraw(canvas);
        float row = (float) getHeight() / ROWS;
        text.setTextSize(TEXT_SHARE * row);
        float top = 0;
        for (Prediction one : predictions) {
            canvas.drawRect(0, top, (float) (getWidth() * one.probability), top + TEXT_SHARE * row, bar);
            canvas.drawText(label(one), row / 2 - row / 2 * (1 - TEXT_SHARE), top + TEXT_SHARE * row * TEXT_SHARE, text);
            top += row;
        }
    }

    private static String label(Prediction one) {
        return String.format(Locale.getDefault(), "%s  %.0f %%", one.name, PERCENT * one.probability);
    }
}
