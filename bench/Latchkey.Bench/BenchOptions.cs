namespace Latchkey.Bench;

/// <summary>The command line: <c>--seconds N</c> per measurement, <c>--only handshakes,requests,bulk,keyserver</c>, <c>--latchkey PATH</c>.</summary>
internal sealed record BenchOptions(int Seconds, IReadOnlySet<string> Only, string Latchkey)
{
    private static readonly string[] Parts = ["handshakes", "requests", "bulk", "keyserver"];

    public bool Wants(string part) => Only.Count == 0 || Only.Contains(part);

    public static BenchOptions Parse(string[] args)
    {
        var seconds = 5;
        var only = new HashSet<string>();
        var latchkey = "artifacts/latchkey";
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                throw new ArgumentException($"{args[i]}: a value is missing");
            switch (args[i])
            {
                case "--seconds": seconds = int.Parse(args[i + 1], System.Globalization.CultureInfo.InvariantCulture); break;
                case "--latchkey": latchkey = args[i + 1]; break;
                case "--only": only.UnionWith(args[i + 1].Split(',')); break;
                default: throw new ArgumentException($"{args[i]}: unknown; there are --seconds, --only, --latchkey");
            }
        }
        if (only.Except(Parts).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"--only {unknown}: unknown; there are {string.Join(", ", Parts)}");
        return new BenchOptions(seconds, only, Path.GetFullPath(latchkey));
    }
}
