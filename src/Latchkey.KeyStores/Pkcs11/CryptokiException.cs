namespace Latchkey.KeyStores.Pkcs11;

/// <summary>A function of a module returned something else than CKR_OK.</summary>
internal sealed class CryptokiException(nuint code, string function) : Exception($"{function} says {NameOf(code)}")
{
    public const nuint AttributeSensitive = 0x11;
    public const nuint AttributeTypeInvalid = 0x12;
    public const nuint BufferTooSmall = 0x150;
    public const nuint SessionCount = 0xB1;
    public const nuint UserAlreadyLoggedIn = 0x100;
    public const nuint AlreadyInitialized = 0x191;

    private static readonly Dictionary<nuint, string> Names = new()
    {
        [0x02] = "CKR_HOST_MEMORY",
        [0x03] = "CKR_SLOT_ID_INVALID",
        [0x05] = "CKR_GENERAL_ERROR",
        [0x06] = "CKR_FUNCTION_FAILED",
        [0x07] = "CKR_ARGUMENTS_BAD",
        [0x20] = "CKR_DATA_INVALID",
        [0x21] = "CKR_DATA_LEN_RANGE",
        [0x30] = "CKR_DEVICE_ERROR",
        [0x31] = "CKR_DEVICE_MEMORY",
        [0x32] = "CKR_DEVICE_REMOVED",
        [0x40] = "CKR_ENCRYPTED_DATA_INVALID",
        [0x54] = "CKR_FUNCTION_NOT_SUPPORTED",
        [0x60] = "CKR_KEY_HANDLE_INVALID",
        [0x62] = "CKR_KEY_SIZE_RANGE",
        [0x63] = "CKR_KEY_TYPE_INCONSISTENT",
        [0x68] = "CKR_KEY_FUNCTION_NOT_PERMITTED",
        [0x70] = "CKR_MECHANISM_INVALID",
        [0x71] = "CKR_MECHANISM_PARAM_INVALID",
        [0x82] = "CKR_OBJECT_HANDLE_INVALID",
        [0xA0] = "CKR_PIN_INCORRECT",
        [0xA1] = "CKR_PIN_INVALID",
        [0xA2] = "CKR_PIN_LEN_RANGE",
        [0xA3] = "CKR_PIN_EXPIRED",
        [0xA4] = "CKR_PIN_LOCKED",
        [0xB0] = "CKR_SESSION_CLOSED",
        [0xB1] = "CKR_SESSION_COUNT",
        [0xB3] = "CKR_SESSION_HANDLE_INVALID",
        [0xE0] = "CKR_TOKEN_NOT_PRESENT",
        [0xE1] = "CKR_TOKEN_NOT_RECOGNIZED",
        [0xE2] = "CKR_TOKEN_WRITE_PROTECTED",
        [0x101] = "CKR_USER_NOT_LOGGED_IN",
        [0x102] = "CKR_USER_PIN_NOT_INITIALIZED",
        [0x190] = "CKR_CRYPTOKI_NOT_INITIALIZED",
    };

    /// <summary>CK_RV.</summary>
    public nuint Code { get; } = code;

    /// <summary>The PIN is refused: once more, and the token may lock itself.</summary>
    public bool IsAboutPin => Code is >= 0xA0 and <= 0xA4 or 0x102;

    /// <summary>The question was wrong, not the token: asked again, it is refused again.</summary>
    public bool IsAboutQuestion => Code is 0x07 or 0x20 or 0x21 or 0x40 or 0x54 or 0x62 or 0x63 or 0x68 or 0x70 or 0x71;

    public static void ThrowUnlessOk(nuint code, string function)
    {
        if (code != 0)
            throw new CryptokiException(code, function);
    }

    private static string NameOf(nuint code) => Names.TryGetValue(code, out var name) ? name : $"0x{code:X}";
}
