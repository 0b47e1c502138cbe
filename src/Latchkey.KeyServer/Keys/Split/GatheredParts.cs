using Latchkey.Splitting;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>Parts that came from elsewhere for one operation. Disposing zeroes them.</summary>
internal sealed class GatheredParts : IDisposable
{
    private readonly List<KeyPart> _parts = [];

    public IReadOnlyCollection<KeyPart> Parts => _parts;

    /// <summary>Takes ownership; a part that is here already is not needed twice.</summary>
    public void Add(KeyPart part, SplitKey split)
    {
        if (split.Parts.Concat(_parts).Any(known => known.Number == part.Number && part.IsWholeAccordingTo(known)))
            part.Dispose();
        else
            _parts.Add(part);
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());
}
