namespace Latchkey.Demo;

/// <summary>The demo page's pictures, painted when it starts: a night sky, and one small landscape for each of the three rooms.</summary>
internal static class DemoPictures
{
    private static readonly Rgb Midnight = new(10, 16, 34);
    private static readonly Rgb Dusk = new(58, 60, 110);
    private static readonly Rgb Ember = new(226, 150, 84);

    /// <summary>Writes night.png, you.png, outpost.png and home.png.</summary>
    public static void WriteTo(string folder)
    {
        Write(folder, "night.png", 1200, 420, Midnight, Dusk, ridges: 3, lights: 0);
        Write(folder, "you.png", 360, 160, new Rgb(33, 74, 128), new Rgb(171, 208, 240), ridges: 2, lights: 24);
        Write(folder, "outpost.png", 360, 160, new Rgb(44, 34, 74), Ember, ridges: 3, lights: 1);
        Write(folder, "home.png", 360, 160, new Rgb(18, 62, 60), new Rgb(214, 222, 160), ridges: 2, lights: 7);
    }

    private static void Write(string folder, string name, int width, int height, Rgb above, Rgb below, int ridges, int lights)
    {
        var picture = new PngPicture(width, height);
        var seed = name.Sum(c => c);
        PaintSky(picture, above, below, seed);
        for (var ridge = 0; ridge < ridges; ridge++)
            PaintRidge(picture, above, (ridge + 1.0) / ridges, seed + (ridge * 17));
        PaintLights(picture, lights, seed);
        File.WriteAllBytes(Path.Combine(folder, name), picture.Encode());
    }

    private static void PaintSky(PngPicture picture, Rgb above, Rgb below, int seed)
    {
        for (var y = 0; y < picture.Height; y++)
        {
            var color = above.Towards(below, Math.Pow((double)y / picture.Height, 1.6));
            for (var x = 0; x < picture.Width; x++)
                picture[x, y] = Noise(x, y, seed) > 0.9985 && y < picture.Height * 0.7 ? color.Towards(new Rgb(255, 250, 235), Noise(y, x, seed)) : color;
        }
    }

    // Hills: three waves over one another, darker the nearer.
    private static void PaintRidge(PngPicture picture, Rgb dark, double near, int seed)
    {
        var color = dark.Towards(new Rgb(4, 6, 12), 0.25 + (near * 0.6));
        for (var x = 0; x < picture.Width; x++)
        {
            var u = (double)x / picture.Width * Math.Tau;
            var wave = (Math.Sin((u * 1.3) + seed) * 0.06) + (Math.Sin((u * 3.1) + (seed * 2)) * 0.03) + (Math.Sin((u * 9.7) + seed) * 0.008);
            var top = (int)(picture.Height * (0.58 + (near * 0.26) - wave));
            for (var y = Math.Max(0, top); y < picture.Height; y++)
                picture[x, y] = color;
        }
    }

    private static void PaintLights(PngPicture picture, int count, int seed)
    {
        for (var light = 0; light < count; light++)
        {
            var cx = (int)((0.08 + (0.84 * Noise(light, seed, 3))) * picture.Width);
            var cy = (int)((0.80 + (0.14 * Noise(seed, light, 5))) * picture.Height);
            for (var y = -6; y <= 6; y++)
            {
                for (var x = -6; x <= 6; x++)
                {
                    var glow = Math.Max(0, 1 - (Math.Sqrt((x * x) + (y * y)) / 6));
                    if (picture.Contains(cx + x, cy + y))
                        picture[cx + x, cy + y] = picture[cx + x, cy + y].Towards(new Rgb(255, 224, 150), glow * glow);
                }
            }
        }
    }

    // Any fixed scatter will do; the same pictures each time.
    private static double Noise(int x, int y, int seed)
    {
        var n = unchecked((uint)((x * 374761393) + (y * 668265263) + (seed * 1274126177)));
        n = (n ^ (n >> 13)) * 1274126177;
        return (n ^ (n >> 16)) / (double)uint.MaxValue;
    }
}
