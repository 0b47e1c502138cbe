using System.Text;

namespace Latchkey.KeyStores.Pkcs11;

/// <summary>Finds the slot of the token that a URI means.</summary>
internal static unsafe class Pkcs11Slots
{
    /// <exception cref="KeyStoreException">None, or several.</exception>
    public static (nuint Slot, Pkcs11TokenInfo Token) Find(Cryptoki functions, Pkcs11Uri uri)
    {
        var seen = new List<string>();
        var found = new List<(nuint Slot, Pkcs11TokenInfo Token)>();
        foreach (var slot in functions.GetSlotList())
        {
            if (TryRead(functions, slot) is not { } token)
                continue;
            seen.Add($"\"{token.Label}\"");
            if (IsMeant(uri, slot, token))
                found.Add((slot, token));
        }
        return found.Count switch
        {
            1 => found[0],
            0 => throw new KeyStoreException($"{uri.Text}: no such token in {uri.Module} (expected one of {(seen.Count == 0 ? "none: there is no token" : string.Join(", ", seen))})"),
            _ => throw new KeyStoreException($"{uri.Text}: {found.Count} tokens are meant in {uri.Module} (expected more attributes: serial={found[0].Token.Serial})"),
        };
    }

    // A token that is pulled out between the two calls is no token.
    private static Pkcs11TokenInfo? TryRead(Cryptoki functions, nuint slot)
    {
        try
        {
            return Read(functions, slot);
        }
        catch (CryptokiException e) when (e.Code is 0x03 or 0xE0 or 0xE1 or 0x32)
        {
            return null;
        }
    }

    // CK_TOKEN_INFO: label[32] manufacturerID[32] model[16] serialNumber[16] flags ulMaxSessionCount …; CK_SLOT_INFO: slotDescription[64] manufacturerID[32] flags …
    private static Pkcs11TokenInfo Read(Cryptoki functions, nuint slot)
    {
        var token = stackalloc byte[256];
        var place = stackalloc byte[160];
        functions.GetTokenInfo(slot, token);
        functions.GetSlotInfo(slot, place);
        return new Pkcs11TokenInfo(
            Text(token, 32), Text(token + 32, 32), Text(token + 64, 16), Text(token + 80, 16), Text(place, 64), Text(place + 64, 32),
            ((nuint*)(token + 96))[0], ((nuint*)(token + 96))[1]);
    }

    private static string Text(byte* start, int length) => Encoding.UTF8.GetString(start, length).TrimEnd(' ', '\0');

    private static bool IsMeant(Pkcs11Uri uri, nuint slot, Pkcs11TokenInfo token) =>
        token.IsInitialized
        && (uri.SlotId is not { } id || id == slot)
        && Is(uri, "token", token.Label) && Is(uri, "manufacturer", token.Manufacturer) && Is(uri, "model", token.Model) && Is(uri, "serial", token.Serial)
        && Is(uri, "slot-description", token.SlotDescription) && Is(uri, "slot-manufacturer", token.SlotManufacturer);

    private static bool Is(Pkcs11Uri uri, string name, string value) => uri.Value(name) is not { } wanted || wanted == value;
}

/// <summary>What a token and its slot say of themselves.</summary>
internal sealed record Pkcs11TokenInfo(string Label, string Manufacturer, string Model, string Serial, string SlotDescription, string SlotManufacturer, nuint Flags, nuint MostSessions)
{
    public bool IsInitialized => (Flags & 0x400) != 0;

    public bool IsPinLocked => (Flags & 0x40000) != 0;

    /// <summary>How many may be open at once: 0 and all ones say that nobody knows.</summary>
    public int Limit(int wanted) => MostSessions == 0 || MostSessions == nuint.MaxValue ? wanted : (int)Math.Clamp(MostSessions - 1, 1u, (nuint)wanted);
}
