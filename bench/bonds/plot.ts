import * as echarts from "echarts";

/** One group of bars for each column, one bar in it for each row; what was not measured has none. */
export interface Bars {
  readonly title: string;
  readonly subtitle: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

const font = "DejaVu Sans, Verdana, sans-serif";

/** A picture as SVG text. */
export function drawBars({ title, subtitle, columns, rows }: Bars): string {
  const [width, height] = [240 + columns.length * 40 * (rows.length + 1), 460];
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: Math.max(900, width), height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: font },
    title: { text: title, subtext: subtitle, left: 20, top: 10 },
    legend: { top: 64, left: 20, itemGap: 16 },
    grid: { left: 60, right: 20, top: 130, bottom: 50 },
    xAxis: { type: "category", data: [...columns], axisTick: { show: false } },
    yAxis: { type: "value", min: 0, splitLine: { lineStyle: { color: "#e4e4e4" } } },
    series: rows.map(({ name, values }) => ({
      name,
      type: "bar",
      barGap: "10%",
      data: values.map((value) => value ?? null),
      label: {
        show: true,
        position: "top",
        fontSize: 10,
        formatter: ({ value }: { value?: unknown }) => (typeof value === "number" ? value.toFixed(2) : ""),
      },
    })),
  });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
